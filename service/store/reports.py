"""Reports: what a worker tells of the trials it holds, and the orders it gets back.

One report is a handful of statements whatever its size: rows are read without the unit of work,
written in bulk, and the rungs of a stopping rule are read with one indexed query.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.errors import Invalid
from service.store import claims, diagnoses, events, leases, resuming, rungs, studies
from service.store.held import Held, HeldTrial, running
from service.store.rows import found, insert_new, update_each, upsert
from service.tables import Attempt, Epoch, Lease, Study, Trial, VerdictRow, now
from service.wire import Assignment, End, EpochReport, Known, Orders, Report, VerdictReport
from trainer.recipe import Problem

METRICS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy")


def report(
    session: Session, lease_id: int, token: str, news: Report, *, lease_seconds: float
) -> Orders:
    """Take the news, renew the lease, answer with orders. Raises LeaseLost, changing nothing."""
    lease, study = leases.fenced(session, lease_id, token)
    held = _apply(session, lease, study, news)
    leases.renew(session, lease, lease_seconds)
    fresh: list[Assignment] = []
    if news.free_slots and not news.released:  # which would come straight back
        kept = sum(trial.state == "running" for trial in held.trials.values())
        leases.widen(session, lease, kept + news.free_slots)
        fresh = claims.refill(session, lease, news.free_slots, lease_seconds=lease_seconds)
    return Orders(lease_seconds=lease_seconds, stop=_stops(held, news), assignments=fresh)


def finish(session: Session, lease_id: int, token: str, news: Report) -> Orders:
    """As `report`, then the lease ends and trials that are not over are given back."""
    lease, study = leases.fenced(session, lease_id, token)
    study = found(session, Study, study.id, lock=True)
    held = _apply(session, lease, study, news)
    leases.release(session, lease, "ended")
    studies.settle(session, study)
    return Orders(lease_seconds=0.0, stop=_stops(held, news), assignments=[])


def _apply(session: Session, lease: Lease, study: Study, news: Report) -> Held:
    if news.plan is not None:
        leases.plan(session, lease, news.plan)
    if not (news.joined or news.known or news.epochs or news.verdicts or _ends_some(news)):
        return Held(study, {})  # a heartbeat
    if _ends_some(news) or rungs.has_rule(study):
        study = found(session, Study, study.id, lock=True)
    held = Held(study, running(session, lease))
    resuming.join(session, held, news.joined)
    _record_facts(session, held, news.known)
    _record_epochs(session, held, news.epochs)
    _record_verdicts(session, held, news.verdicts)
    _end(held, news.ends)
    _close(session, held)
    diagnoses.of_report(session, held, news.ends)
    _give_back(session, lease, held, news)
    return held


def _ends_some(news: Report) -> bool:
    """Whether trials may change their state, which needs the study's lock."""
    fatal = any(verdict.severity == "fatal" for verdict in news.verdicts)
    return bool(news.ends or news.released or news.free_slots or fatal)


def _end(held: Held, ends: Iterable[End]) -> None:
    for end in ends:
        trial = held.trial(end)
        if trial is not None:
            held.end(trial, end.state, end.reason)


def _give_back(session: Session, lease: Lease, held: Held, news: Report) -> None:
    """Trials that are still running wait again; one that is not held was given back before."""
    named = {(item.trial, item.attempt) for item in news.released}
    back = [t for t in held.trials.values() if (t.id, t.attempts) in named and t.state == "running"]
    leases.give_back(session, lease, [trial.id for trial in back])
    for trial in back:
        del held.trials[trial.id]


def _record_facts(session: Session, held: Held, items: Iterable[Known]) -> None:
    told = [(held.trial(item), item.facts) for item in items]
    latest = {trial.attempt_id: asdict(facts) for trial, facts in told if trial is not None}
    rows = [{"id": attempt, "facts": facts} for attempt, facts in latest.items()]
    update_each(session, Attempt, rows)


def _record_epochs(session: Session, held: Held, reports: Iterable[EpochReport]) -> None:
    rows = []
    for item in sorted(reports, key=lambda r: (r.trial, r.epoch)):
        trial = held.trial(item)
        if trial is not None:
            rows.append(_epoch_row(held, trial, item))
    if not rows:
        return
    told = sorted({row["trial_id"] for row in rows})
    # Trials first: Postgres then need not lock them once more for the foreign keys of the epochs.
    update_each(session, Trial, [held.trials[key].progress() for key in told])
    insert_new(session, Epoch, rows)
    rungs.decide(session, held, rows)


def _epoch_row(held: Held, trial: HeldTrial, item: EpochReport) -> dict[str, Any]:
    if item.epoch > trial.epochs:
        message = f"epoch {item.epoch} of trial {trial.id}, which has {trial.epochs}"
        raise Invalid([Problem("epochs", item.epoch, message)])
    value = _objective(held.study.metric, item)
    held.tell(trial, item.epoch, value)
    row = {"trial_id": trial.id, "study_id": held.study.id, **vars(item)}
    del row["trial"]
    return row | {"value": value, "best_value": trial.value}


def _objective(metric: str, item: EpochReport) -> float | None:
    value = getattr(item, metric) if metric in METRICS else item.signals.get(metric)
    if not isinstance(value, int | float) or item.epoch == 0:
        return None
    return float(value) if math.isfinite(value) else None


def _record_verdicts(session: Session, held: Held, items: Iterable[VerdictReport]) -> None:
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    told = []
    at = now()
    for item in items:
        trial = held.trial(item)
        if trial is None:
            continue
        latest[trial.id, item.check] = _verdict_row(held.study, trial, item, at)
        if item.severity in ("warning", "fatal"):
            data = {"check": item.check, "severity": item.severity, "summary": item.summary}
            told.append(("verdict", held.study.id, trial.id, data))
        if item.severity == "fatal" and held.document.diagnostics.stop_on == "fatal":
            held.end(trial, "infeasible", item.summary)
    upsert(session, VerdictRow, list(latest.values()), key=["trial_id", "check_name"])
    events.emit_each(session, told)


def _verdict_row(
    study: Study, trial: HeldTrial, item: VerdictReport, at: datetime
) -> dict[str, Any]:
    return {
        "study_id": study.id,
        "trial_id": trial.id,
        "attempt": item.attempt,
        "check_name": item.check,
        "severity": item.severity,
        "stack_key": trial.stack_key if item.scope == "shape" and not trial.repair_of else None,
        "summary": item.summary,
        "evidence": item.evidence,
        "remedy": item.remedy.model_dump() if item.remedy else None,
        "causes": item.causes,
        "first_epoch": item.first_epoch,
        "last_epoch": item.last_epoch,
        "created_at": at,
    }


def _close(session: Session, held: Held) -> None:
    """The attempts of trials that are over end with them, and with the last one the study."""
    over = held.over()
    if not over:
        return
    update_each(session, Trial, [t.columns("state", "reason", "ended_at") for t in over])
    session.connection().execute(
        update(Attempt)
        .where(Attempt.trial_id.in_([t.id for t in over]), Attempt.state == "running")
        .values(state="ended", ended_at=now())
    )
    told = [
        (f"trial_{t.state}", held.study.id, t.id, {"value": t.value, "reason": t.reason})
        for t in over
    ]
    events.emit_each(session, told)
    studies.settle(session, held.study)


def _stops(held: Held, news: Report) -> list[int]:
    """Trials the worker must not go on with, save those it ended itself."""
    own = {end.trial for end in news.ends}
    return sorted(held.gone | ({trial.id for trial in held.over()} - own))
