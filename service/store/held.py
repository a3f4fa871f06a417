"""What a report is about: the trials that the lease holds, as far as a report can change them."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.study import StudyDocument
from service.tables import Attempt, Lease, Study, Trial, now
from service.wire import Named


@dataclass
class HeldTrial:
    """A running trial; columns of `trials`, and the id of its attempt."""

    id: int
    attempts: int
    epochs: int
    stack_key: str
    epochs_done: int
    value: float | None
    best_epoch: int | None
    state: str
    repair_of: int | None = None
    attempt_id: int = 0
    reason: str | None = None
    ended_at: datetime | None = None

    def columns(self, *names: str) -> dict[str, Any]:
        """The row of an update of these columns."""
        return {"id": self.id, **{name: getattr(self, name) for name in names}}

    def progress(self) -> dict[str, Any]:
        """The row of an update after epochs were told."""
        return self.columns("epochs_done", "value", "best_epoch")


@dataclass
class Held:
    """The lease's running trials by id, and ids of others that the report named."""

    study: Study
    trials: dict[int, HeldTrial]
    gone: set[int] = field(default_factory=set)

    @cached_property
    def document(self) -> StudyDocument:
        """The study as submitted; costly, so read where it is asked for."""
        return StudyDocument.stored(self.study.document)

    def trial(self, item: Named) -> HeldTrial | None:
        """The trial an item is about; None, and an order to stop, where it is not held any more.

        News of an attempt that was given back is late, and says nothing about the one after it.
        """
        trial = self.trials.get(item.trial)
        if trial is None:
            self.gone.add(item.trial)
        return trial if trial is not None and trial.attempts == item.attempt else None

    def end(self, trial: HeldTrial, state: str, reason: str | None) -> None:
        """The trial is over, unless something has ended it before."""
        if trial.state == "running":
            trial.state, trial.reason, trial.ended_at = state, reason, now()

    def over(self) -> list[HeldTrial]:
        """The trials that this report ends."""
        return [trial for trial in self.trials.values() if trial.state != "running"]

    def tell(self, trial: HeldTrial, epoch: int, value: float | None) -> None:
        """The trial has come to this epoch with this objective; what was told once stands."""
        if epoch > trial.epochs_done and value is not None and self._better(value, trial.value):
            trial.value, trial.best_epoch = value, epoch
        trial.epochs_done = max(trial.epochs_done, epoch)

    def _better(self, value: float, than: float | None) -> bool:
        if than is None:
            return True
        return value > than if self.study.direction == "maximize" else value < than


COLUMNS = [getattr(Trial, f.name) for f in fields(HeldTrial) if hasattr(Trial, f.name)]


def running(session: Session, lease: Lease) -> dict[int, HeldTrial]:
    """The lease's running trials by their ids."""
    query = (
        select(*COLUMNS, Attempt.id.label("attempt_id"))
        .join(Attempt, Attempt.trial_id == Trial.id)
        .where(Attempt.lease_id == lease.id, Attempt.state == "running", Trial.state == "running")
    )
    return {row.id: HeldTrial(**row._mapping) for row in session.execute(query)}
