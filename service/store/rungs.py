"""Rungs: the stopping rule judges the trials that a report brings to one of its epochs."""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.search import StoppingRule
from service.store.held import Held
from service.store.rows import insert_new
from service.tables import DecisionRow, Epoch, Study, now


def has_rule(study: Study) -> bool:
    """Whether a rule may end its trials."""
    return bool(study.document["stopping"]["name"] != "none")


def decide(session: Session, held: Held, rows: Sequence[dict[str, Any]]) -> None:
    """Let the rule judge the rows of `epochs` that stand at a rung, earliest rungs first."""
    if not has_rule(held.study):
        return
    rule = held.document.stopping
    at_rung = [r for r in rows if rule.judges(r["epoch"], held.trials[r["trial_id"]].epochs)]
    if not at_rung:
        return
    rungs = _rungs(session, held.study, {row["epoch"] for row in at_rung})
    decisions = [
        _decision(held, rule, rungs[row["epoch"]], row)
        for row in sorted(at_rung, key=lambda r: (r["epoch"], r["trial_id"]))
        if held.trials[row["trial_id"]].state
        == "running"  # an earlier rung of this report has pruned it
    ]
    insert_new(session, DecisionRow, decisions)


def _rungs(session: Session, study: Study, epochs: set[int]) -> dict[int, dict[int, float]]:
    """epoch → trial → best value so far, of every trial that has reached it."""
    query = select(Epoch.epoch, Epoch.trial_id, Epoch.best_value).where(
        Epoch.study_id == study.id, Epoch.epoch.in_(epochs)
    )
    rungs: dict[int, dict[int, float]] = {epoch: {} for epoch in epochs}
    for epoch, trial_id, best in session.execute(query):
        rungs[epoch][trial_id] = math.nan if best is None else best
    return rungs


def _decision(
    held: Held, rule: StoppingRule, rung: dict[int, float], row: dict[str, Any]
) -> dict[str, Any]:
    peers = [value for trial_id, value in rung.items() if trial_id != row["trial_id"]]
    direction = held.document.objective.direction
    decision = rule.decide(row["epoch"], row["best_value"], peers, direction)
    if not decision.keep:
        held.end(held.trials[row["trial_id"]], "pruned", decision.reason)
    return {
        "study_id": held.study.id,
        "trial_id": row["trial_id"],
        "attempt": row["attempt"],
        "epoch": row["epoch"],
        "rule": rule.name,
        "keep": decision.keep,
        "value": decision.value,
        "threshold": decision.threshold,
        "peers": decision.peers,
        "reason": decision.reason,
        "created_at": now(),
    }
