"""The best of many studies at once, and how it came about: two queries for a whole list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from service.store.studies import BestPoint, best_point
from service.tables import Study, Trial

MOST_NAMED = 200  # studies in one query
STEPS = 40  # into which a study's trials are divided, by their numbers


class Step(NamedTuple):
    """The best complete trial's value among those of consecutive numbers."""

    place: int
    value: float


def steps(session: Session, studies: Iterable[Study]) -> dict[int, list[Step]]:
    """Study → its steps in order; studies without a complete trial miss."""
    sign = case((Study.direction == "maximize", 1.0), else_=-1.0)
    place = (Trial.number * STEPS // Study.next_number).label("place")
    query = (
        select(Trial.study_id, place, func.max(sign * Trial.value), func.max(sign))
        .join(Study, Study.id == Trial.study_id)
        .where(Trial.study_id.in_([study.id for study in studies]), *_counted())
        .group_by(Trial.study_id, place)
        .order_by(Trial.study_id, place)
    )
    found: dict[int, list[Step]] = {}
    for study_id, at, value, side in session.execute(query):
        found.setdefault(study_id, []).append(Step(at, side * value))
    return found


def best_points(
    session: Session, studies: Sequence[Study], steps: Mapping[int, Sequence[Step]]
) -> dict[int, BestPoint]:
    """Study → its best point; those without one miss. A study with repeats is read by itself."""
    valued = [study for study in studies if study.id in steps]
    repeated = [study for study in valued if int(study.document["repeats"]) > 1]
    found = {study.id: best_point(session, study) for study in repeated}
    single = [study for study in valued if study.id not in found]
    return {key: best for key, best in found.items() if best} | _single(session, single, steps)


def _single(
    session: Session, studies: Sequence[Study], steps: Mapping[int, Sequence[Step]]
) -> dict[int, BestPoint]:
    """Each best is looked for among the few trials of its step; of equals, the earliest."""
    found: dict[int, BestPoint] = {}
    for start in range(0, len(studies), MOST_NAMED):
        some = studies[start : start + MOST_NAMED]
        places = [_at(study, _best(study, steps[study.id])) for study in some]
        query = select(Trial).where(or_(*places), *_counted()).order_by(Trial.number.desc())
        for trial in session.scalars(query):
            found[trial.study_id] = BestPoint(trial, float(trial.value or 0.0), None, 1)
    return found


def _best(study: Study, steps: Sequence[Step]) -> Step:
    """The first of the best."""
    return (max if study.direction == "maximize" else min)(steps, key=lambda step: step.value)


def _at(study: Study, step: Step) -> ColumnElement[bool]:
    first = -(-step.place * study.next_number // STEPS)
    last = -(-(step.place + 1) * study.next_number // STEPS) - 1
    return and_(
        Trial.study_id == study.id, Trial.number.between(first, last), Trial.value == step.value
    )


def _counted() -> tuple[ColumnElement[bool], ...]:
    return Trial.state == "complete", Trial.value.is_not(None)
