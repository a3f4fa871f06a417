"""What a trial's page reads beside the API's own queries."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.tables import Epoch, EventRow, Trial

START = "start."
SCORES = ("train_accuracy", "val_accuracy")


class LossRow(NamedTuple):
    """The losses of an epoch, nat; None where not finite."""

    epoch: int
    train_loss: float | None
    val_loss: float | None


def losses(session: Session, trial: Trial) -> list[LossRow]:
    """Every trained epoch of the last attempt, in order."""
    query = select(Epoch.epoch, Epoch.train_loss, Epoch.val_loss).where(
        Epoch.trial_id == trial.id, Epoch.attempt == trial.attempts, Epoch.epoch > 0
    )
    return [LossRow(*row) for row in session.execute(query.order_by(Epoch.epoch))]


def signals(session: Session, trial: Trial) -> set[str]:
    """Names of what the first epochs and the newest of the last attempt have measured.

    What was measured before training only is named `start.<signal>`.
    """
    query = select(Epoch).where(
        Epoch.trial_id == trial.id, Epoch.attempt == trial.attempts, Epoch.epoch > 0
    )
    first = session.scalars(query.order_by(Epoch.epoch).limit(2)).all()
    newest = session.scalars(query.order_by(Epoch.epoch.desc()).limit(1)).all()
    rows = {row.epoch: row for row in (*first, *newest)}.values()
    scored = {n for n in SCORES for row in rows if getattr(row, n) is not None}
    return scored.union(*(row.signals for row in rows), _before(session, trial))


def _before(session: Session, trial: Trial) -> set[str]:
    query = select(Epoch.signals).where(
        Epoch.trial_id == trial.id, Epoch.attempt == trial.attempts, Epoch.epoch == 0
    )
    return {f"{START}{name}" for row in session.scalars(query) for name in row}


def newest_events(session: Session, trial_id: int, most: int) -> Sequence[EventRow]:
    """The newest of a trial's log first."""
    query = select(EventRow).where(EventRow.trial_id == trial_id)
    return session.scalars(query.order_by(EventRow.id.desc()).limit(most)).all()
