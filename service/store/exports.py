"""Every trial of a study, read in parts, for files that leave the service."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.tables import Trial

TOGETHER = 1000  # rows that are read at once


class Exported(NamedTuple):
    """A trial as files have it: its facts, then its point."""

    id: int
    number: int
    repeat: int
    state: str
    value: float | None
    best_epoch: int | None
    epochs_done: int
    epochs: int
    repair_of: int | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    params: dict[str, Any]


FACTS = Exported._fields[:-1]


def trials(session: Session, study_id: int) -> Iterator[Exported]:
    """In the order of their numbers."""
    columns = [getattr(Trial, name) for name in Exported._fields]
    query = select(*columns).where(Trial.study_id == study_id).order_by(Trial.number)
    for row in session.execute(query.execution_options(yield_per=TOGETHER)):
        yield Exported(*row)


def further_paths(session: Session, study_id: int) -> set[str]:
    """The paths of repaired points: a patch may change what the space leaves alone."""
    query = select(Trial.params).where(Trial.study_id == study_id, Trial.repair_of.is_not(None))
    return {path for params in session.scalars(query) for path in params}
