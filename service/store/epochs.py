"""Epochs and signals of one trial's current attempt."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.paging import Page, page
from service.tables import Attempt, Epoch, Trial


def listed(
    session: Session,
    trial: Trial,
    *,
    attempt: int | None = None,
    cursor: str | None = None,
    limit: int = 1000,
) -> Page[Epoch]:
    """The epochs of one attempt, by default the last one, in order; epoch 0 is the preflight."""
    query = select(Epoch).where(
        Epoch.trial_id == trial.id, Epoch.attempt == (attempt or trial.attempts)
    )
    return page(session, query, Epoch.epoch, Epoch.epoch, cursor=cursor, limit=limit)


def told(session: Session, trial: Trial) -> Epoch | None:
    """The epoch that a trial is known by: the best of its last attempt, else the last."""
    query = select(Epoch).where(
        Epoch.trial_id == trial.id, Epoch.attempt == trial.attempts, Epoch.epoch > 0
    )
    if trial.best_epoch is not None:
        query = query.where(Epoch.epoch == trial.best_epoch)
    return session.scalars(query.order_by(Epoch.epoch.desc()).limit(1)).first()


def attempts(session: Session, trial_id: int) -> Sequence[Attempt]:
    """Every go at a trial, in order."""
    query = select(Attempt).where(Attempt.trial_id == trial_id).order_by(Attempt.number)
    return session.scalars(query).all()
