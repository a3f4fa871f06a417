"""Reports: what a worker tells of the trials it holds, and the orders it gets back.

One report is a handful of statements whatever its size: rows are read without the unit of work,
written in bulk, and the rungs of a stopping rule are read with one indexed query.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.errors import Invalid
from service.search import StoppingRule
from service.store import claims, events, leases, studies
from service.store.rows import found, insert_new, update_each, upsert
from service.study import StudyDocument
from service.tables import Attempt, DecisionRow, Epoch, Lease, Study, Trial, VerdictRow, now
from service.wire import Assignment, End, EpochReport, Orders, Report, VerdictReport
from trainer.recipe import Problem

METRICS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy")


@dataclass
class _Trial:
    """A running trial as far as a report can change it; columns of `trials`."""

    id: int
    attempts: int
    epochs: int
    stack_key: str
    epochs_done: int
    value: float | None
    best_epoch: int | None
    state: str
    reason: str | None = None
    ended_at: datetime | None = None

    def columns(self, *names: str) -> dict[str, Any]:
        """The row of an update of these columns."""
        return {"id": self.id, **{name: getattr(self, name) for name in names}}


@dataclass
class _Held:
    """What one report is about: the lease's trials, and those that it does not hold any more."""

    study: Study
    document: StudyDocument
    trials: dict[int, _Trial]
    gone: set[int] = field(default_factory=set)

    def trial(self, item: EpochReport | VerdictReport | End) -> _Trial | None:
        """The trial an item is about; None, and an order to stop, where it is not held any more."""
        trial = self.trials.get(item.trial)
        if trial is None or trial.attempts != item.attempt:
            self.gone.add(item.trial)
            return None
        return trial

    def end(self, trial: _Trial, state: str, reason: str | None) -> None:
        """The trial is over, unless something has ended it before."""
        if trial.state == "running":
            trial.state, trial.reason, trial.ended_at = state, reason, now()

    def over(self) -> list[_Trial]:
        """The trials that this report ends."""
        return [trial for trial in self.trials.values() if trial.state != "running"]

    def better(self, value: float, than: float | None) -> bool:
        """Whether an objective beats another."""
        if than is None:
            return True
        return value > than if self.study.direction == "maximize" else value < than


def report(
    session: Session, lease_id: int, token: str, news: Report, *, lease_seconds: float
) -> Orders:
    """Take the news, renew the lease, answer with orders. Raises LeaseLost, changing nothing."""
    lease, study = leases.fenced(session, lease_id, token)
    held = _apply(session, lease, study, news)
    leases.renew(session, lease, lease_seconds)
    fresh: list[Assignment] = []
    if news.free_slots:
        kept = [trial for trial in held.trials.values() if trial.state == "running"]
        key = kept[0].stack_key if kept else None
        fresh = claims.refill(session, lease, news.free_slots, key)
    return Orders(lease_seconds=lease_seconds, stop=_stops(held, news), assignments=fresh)


def finish(session: Session, lease_id: int, token: str, news: Report) -> Orders:
    """As `report`, then the lease ends and trials that are not over are given back."""
    lease, study = leases.fenced(session, lease_id, token)
    study = found(session, Study, study.id, lock=True)
    held = _apply(session, lease, study, news)
    leases.release(session, lease, "ended")
    studies.settle(session, study)
    return Orders(lease_seconds=0.0, stop=_stops(held, news), assignments=[])


def _apply(session: Session, lease: Lease, study: Study, news: Report) -> _Held:
    document = StudyDocument.stored(study.document)
    if not (news.epochs or news.verdicts or news.ends or news.free_slots):
        return _Held(study, document, {})  # a heartbeat
    ends = news.ends or news.free_slots or any(v.severity == "fatal" for v in news.verdicts)
    if ends or document.stopping.name != "none":
        study = found(session, Study, study.id, lock=True)
    held = _Held(study, document, _running(session, lease))
    _record_epochs(session, held, news.epochs)
    _record_verdicts(session, held, news.verdicts)
    for end in news.ends:
        trial = held.trial(end)
        if trial is not None:
            held.end(trial, end.state, end.reason)
    _close(session, held)
    return held


def _running(session: Session, lease: Lease) -> dict[int, _Trial]:
    """The lease's running trials by their ids."""
    columns = [getattr(Trial, f.name) for f in fields(_Trial)]
    query = (
        select(*columns)
        .join(Attempt, Attempt.trial_id == Trial.id)
        .where(Attempt.lease_id == lease.id, Attempt.state == "running", Trial.state == "running")
    )
    trials = [_Trial(*row) for row in session.execute(query)]
    return {trial.id: trial for trial in trials}


def _record_epochs(session: Session, held: _Held, reports: Iterable[EpochReport]) -> None:
    rows = []
    for item in sorted(reports, key=lambda r: (r.trial, r.epoch)):
        trial = held.trial(item)
        if trial is not None:
            rows.append(_epoch_row(held, trial, item))
    if not rows:
        return
    told = sorted({row["trial_id"] for row in rows})
    # Trials first: Postgres then need not lock them once more for the foreign keys of the epochs.
    progress = [held.trials[key].columns("epochs_done", "value", "best_epoch") for key in told]
    update_each(session, Trial, progress)
    insert_new(session, Epoch, rows)
    _decide(session, held, rows)


def _epoch_row(held: _Held, trial: _Trial, item: EpochReport) -> dict[str, Any]:
    if item.epoch > trial.epochs:
        message = f"epoch {item.epoch} of trial {trial.id}, which has {trial.epochs}"
        raise Invalid([Problem("epochs", item.epoch, message)])
    value = _objective(held.study.metric, item)
    fresh = item.epoch > trial.epochs_done  # what was reported once stands
    if fresh and value is not None and held.better(value, trial.value):
        trial.value, trial.best_epoch = value, item.epoch
    trial.epochs_done = max(trial.epochs_done, item.epoch)
    return {
        "trial_id": trial.id,
        "attempt": item.attempt,
        "epoch": item.epoch,
        "study_id": held.study.id,
        **{metric: getattr(item, metric) for metric in METRICS},
        "lr": item.lr,
        "seconds": item.seconds,
        "value": value,
        "best_value": trial.value,
        "signals": item.signals,
    }


def _objective(metric: str, item: EpochReport) -> float | None:
    value = getattr(item, metric) if metric in METRICS else item.signals.get(metric)
    if not isinstance(value, int | float) or item.epoch == 0:
        return None
    return float(value) if math.isfinite(value) else None


def _decide(session: Session, held: _Held, rows: Sequence[dict[str, Any]]) -> None:
    """Let the stopping rule judge the rows that stand at a rung, earliest rungs first."""
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
    held: _Held, rule: StoppingRule, rung: dict[int, float], row: dict[str, Any]
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


def _record_verdicts(session: Session, held: _Held, items: Iterable[VerdictReport]) -> None:
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    told = []
    for item in items:
        trial = held.trial(item)
        if trial is None:
            continue
        latest[trial.id, item.check] = _verdict_row(held.study, trial, item)
        if item.severity in ("warning", "fatal"):
            data = {"check": item.check, "severity": item.severity, "summary": item.summary}
            told.append(("verdict", held.study.id, trial.id, data))
        if item.severity == "fatal" and held.document.diagnostics.stop_on == "fatal":
            held.end(trial, "infeasible", item.summary)
    upsert(session, VerdictRow, list(latest.values()), key=["trial_id", "check_name"])
    events.emit_each(session, told)


def _verdict_row(study: Study, trial: _Trial, item: VerdictReport) -> dict[str, Any]:
    return {
        "study_id": study.id,
        "trial_id": trial.id,
        "attempt": item.attempt,
        "check_name": item.check,
        "severity": item.severity,
        "stack_key": trial.stack_key if item.scope == "shape" else None,
        "summary": item.summary,
        "evidence": item.evidence,
        "remedy": item.remedy.model_dump() if item.remedy else None,
        "first_epoch": item.first_epoch,
        "last_epoch": item.last_epoch,
        "created_at": now(),
    }


def _close(session: Session, held: _Held) -> None:
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


def _stops(held: _Held, news: Report) -> list[int]:
    """Trials the worker must not go on with, save those it ended itself."""
    own = {end.trial for end in news.ends}
    return sorted(held.gone | ({trial.id for trial in held.over()} - own))
