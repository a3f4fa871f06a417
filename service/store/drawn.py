"""What a study's figures are drawn from beside its trials: epochs, rungs and spans of time."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from service.tables import Attempt, DecisionRow, Epoch, Lease, Trial, Worker

MOST_NAMED = 1000  # ids in one query


class EpochRow(NamedTuple):
    """An epoch of a trial's last attempt."""

    trial: int
    epoch: int
    train_loss: float | None
    val_loss: float | None
    value: float | None


class RungRow(NamedTuple):
    """What became of the trials that a stopping rule judged at an epoch."""

    epoch: int
    kept: int
    stopped: int
    threshold: float | None


class SpanRow(NamedTuple):
    """One go at a trial."""

    trial: int
    worker: str
    lease: int
    slots: int
    state: str
    started_at: datetime
    ended_at: datetime | None


def curves(session: Session, trial_ids: Iterable[int]) -> list[EpochRow]:
    """Every epoch of these trials' last attempts, by trial and in order; epoch 0 is left out."""
    ids = sorted(trial_ids)
    found: list[EpochRow] = []
    for start in range(0, len(ids), MOST_NAMED):
        query = (
            select(Epoch.trial_id, Epoch.epoch, Epoch.train_loss, Epoch.val_loss, Epoch.value)
            .join(Trial, (Trial.id == Epoch.trial_id) & (Trial.attempts == Epoch.attempt))
            .where(Epoch.trial_id.in_(ids[start : start + MOST_NAMED]), Epoch.epoch > 0)
            .order_by(Epoch.trial_id, Epoch.epoch)
        )
        found.extend(EpochRow(*row) for row in session.execute(query))
    return found


def rungs(session: Session, study_id: int) -> list[RungRow]:
    """Every rung, the earliest first, with the newest threshold that a trial was held against."""
    kept = func.sum(case((DecisionRow.keep, 1), else_=0))
    newest = (
        select(func.max(DecisionRow.id))
        .where(DecisionRow.study_id == study_id, DecisionRow.threshold.is_not(None))
        .group_by(DecisionRow.epoch)
    )
    rows = select(DecisionRow.epoch, DecisionRow.threshold).where(DecisionRow.id.in_(newest))
    thresholds = {row.epoch: row.threshold for row in session.execute(rows)}
    query = (
        select(DecisionRow.epoch, kept, func.count() - kept)
        .where(DecisionRow.study_id == study_id)
        .group_by(DecisionRow.epoch)
        .order_by(DecisionRow.epoch)
    )
    return [
        RungRow(epoch, int(keep), int(stop), thresholds.get(epoch))
        for epoch, keep, stop in session.execute(query)
    ]


def spans(session: Session, study_id: int, most: int) -> list[SpanRow]:
    """The newest `most` goes at trials, in the order they began."""
    query = (
        select(
            Attempt.trial_id,
            Worker.name,
            Attempt.lease_id,
            Lease.slots,
            Attempt.state,
            Attempt.started_at,
            Attempt.ended_at,
        )
        .join(Worker, Worker.id == Attempt.worker_id)
        .join(Lease, Lease.id == Attempt.lease_id)
        .where(Lease.study_id == study_id)
        .order_by(Attempt.id.desc())
        .limit(most)
    )
    return [SpanRow(*row) for row in session.execute(query)][::-1]
