"""Turns what the trainer tells of a trial into news for the service."""

import json

from diagnostics import Cause
from diagnostics.check import CHECKS
from sitter.answers import Assignment
from sitter.fleet.lease import Lease
from trainer.events import Ended, EpochEnded, Event, Judged, PreflightEnded, Snapshotted

CHECKPOINT = "best.safetensors"
CONFUSION = "confusion.json"
WORST = "worst.json"
ALONE = "holdout"  # the split of one model; the others train several


def tell(lease: Lease, assignment: Assignment, event: Event) -> None:
    """Gathered by the lease, in the order of the events; it is sent later."""
    match event:
        case PreflightEnded(signals):
            lease.epoch(assignment, {"epoch": 0, "signals": signals})
        case EpochEnded(epoch, metrics, lr, seconds, signals, facts):
            lease.knows(assignment, facts)
            row = {"epoch": epoch, "lr": lr, "seconds": seconds, "signals": signals}
            lease.epoch(assignment, row | metrics)
        case Snapshotted(_, slot, snapshot):
            lease.keep(assignment, f"{slot}.safetensors", snapshot.to_bytes())
        case Judged(verdict):
            lease.verdict(assignment, verdict, CHECKS.load(verdict.check).scope)
        case Ended():
            if event.outcome == "complete" and event.checkpoint:
                lease.keep(assignment, CHECKPOINT, event.checkpoint.to_bytes())
            if event.mistakes.confusion is not None:
                lease.keep(assignment, CONFUSION, json.dumps(event.mistakes.confusion).encode())
            if event.mistakes.worst:
                lease.keep(assignment, WORST, json.dumps(event.mistakes.samples()).encode())
            lease.knows(assignment, event.facts)
            lease.end(assignment, event.outcome, diagnosis=_diagnosis(assignment, event))


def _diagnosis(assignment: Assignment, event: Ended) -> tuple[Cause, ...] | None:
    """None of several folds: the event's is the first one's, the verdicts are the worst of all."""
    return event.diagnosis if assignment.recipe["split"]["name"] == ALONE else None
