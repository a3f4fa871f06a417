"""How fast recipes were trained before."""

from collections.abc import Iterator
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.tables import Epoch, Study

MOST_STUDIES = 200  # newest studies that are looked at
MOST_LIKE = 8  # of them, those whose epochs are read
MOST_EPOCHS = 500  # of one study, of the earliest

# What decides how long an epoch takes, as far as it can be told before training.
SECTIONS = ("data", "split", "preprocess", "augment", "model", "batch_size")


class Pace(NamedTuple):
    """Median wall time of one epoch of one trial, s; a trial's share where it was stacked."""

    study: int
    seconds: float


def measured(session: Session, recipe: dict[str, Any]) -> Pace | None:
    """That of the newest study with the same data, model and batch size (`recipe` as stored)."""
    for study_id in _like(session, recipe):
        query = select(Epoch.seconds).where(
            Epoch.study_id == study_id, Epoch.epoch >= 1, Epoch.seconds.is_not(None)
        )
        seconds = session.scalars(query.limit(MOST_EPOCHS)).all()
        if seconds:
            return Pace(study_id, median(s for s in seconds if s is not None))
    return None


def _like(session: Session, recipe: dict[str, Any]) -> Iterator[int]:
    query = select(Study.id, Study.document).order_by(Study.id.desc()).limit(MOST_STUDIES)
    rows = session.execute(query)
    like = (id_ for id_, document in rows if _same(document.get("recipe", {}), recipe))
    yield from (id_ for id_, _ in zip(like, range(MOST_LIKE), strict=False))


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(section) == other.get(section) for section in SECTIONS)
