"""What the dashboard's pages read beside the API's own queries: a few indexed reads per page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from diagnostics import Severity
from service.tables import Trial, VerdictRow, Worker

RANK = case({s.value: s.rank for s in Severity}, value=VerdictRow.severity, else_=0)


class PointRow(NamedTuple):
    """A trial as figures draw it."""

    id: int
    number: int
    state: str
    params: dict[str, Any]
    value: float | None


class WatchedRow(NamedTuple):
    """A trial that has a verdict."""

    id: int
    number: int
    stack_key: str


class MarkRow(NamedTuple):
    """A verdict in short."""

    trial: int
    check: str
    severity: str
    summary: str


class SharedRow(NamedTuple):
    """A verdict that holds for every trial of `stack_key`, measured on `trial`."""

    stack_key: str
    trial: int
    check: str
    severity: str
    summary: str


def points(session: Session, study_id: int, most: int) -> list[PointRow]:
    """The newest `most` trials, in the order of their numbers."""
    query = (
        select(Trial.id, Trial.number, Trial.state, Trial.params, Trial.value)
        .where(Trial.study_id == study_id)
        .order_by(Trial.number.desc())
        .limit(most)
    )
    return [PointRow(*row) for row in session.execute(query)][::-1]


def drawn(session: Session, study_id: int) -> int:
    """How many trials the study has, whatever their state."""
    query = select(func.count()).select_from(Trial).where(Trial.study_id == study_id)
    return session.scalar(query) or 0


def spoiled(session: Session, study_id: int, most: int) -> Sequence[Mapping[str, Any]]:
    """The points of infeasible trials."""
    query = select(Trial.params).where(Trial.study_id == study_id, Trial.state == "infeasible")
    return session.scalars(query.order_by(Trial.number).limit(most)).all()


def last_failure(session: Session, study_id: int) -> str | None:
    """Why the newest failed trial failed."""
    query = select(Trial.reason).where(Trial.study_id == study_id, Trial.state == "failed")
    return session.scalars(query.order_by(Trial.number.desc()).limit(1)).first()


def worst(session: Session, study_ids: Iterable[int]) -> dict[int, Severity]:
    """The worst severity that any check has given in each study; studies without verdicts miss."""
    query = (
        select(VerdictRow.study_id, VerdictRow.severity)
        .where(VerdictRow.study_id.in_(list(study_ids)))
        .distinct()
    )
    found: dict[int, Severity] = {}
    for study_id, value in session.execute(query):
        severity = Severity(value)
        if study_id not in found or severity.rank > found[study_id].rank:
            found[study_id] = severity
    return found


def watched(session: Session, study_id: int, most: int) -> list[WatchedRow]:
    """The trials with the worst verdicts, then the newest."""
    query = (
        select(Trial.id, Trial.number, Trial.stack_key)
        .join(VerdictRow, VerdictRow.trial_id == Trial.id)
        .where(VerdictRow.study_id == study_id)
        .group_by(Trial.id)
        .order_by(func.max(RANK).desc(), Trial.number.desc())
        .limit(most)
    )
    return [WatchedRow(*row) for row in session.execute(query)]


def judged(session: Session, study_id: int) -> int:
    """How many trials of the study have a verdict of their own."""
    query = select(func.count(VerdictRow.trial_id.distinct()))
    return session.scalar(query.where(VerdictRow.study_id == study_id)) or 0


def marks(session: Session, trial_ids: Sequence[int]) -> list[MarkRow]:
    """Every verdict on these trials."""
    query = select(
        VerdictRow.trial_id, VerdictRow.check_name, VerdictRow.severity, VerdictRow.summary
    ).where(VerdictRow.trial_id.in_(trial_ids))
    return [MarkRow(*row) for row in session.execute(query)]


def shared(session: Session, study_id: int) -> list[SharedRow]:
    """The study's verdicts on whole recipe shapes."""
    query = select(
        VerdictRow.stack_key,
        VerdictRow.trial_id,
        VerdictRow.check_name,
        VerdictRow.severity,
        VerdictRow.summary,
    ).where(VerdictRow.study_id == study_id, VerdictRow.stack_key.is_not(None))
    rows = session.execute(query.order_by(VerdictRow.id))
    return [SharedRow(str(row[0]), *row[1:]) for row in rows]


def numbers(session: Session, trial_ids: Iterable[int]) -> dict[int, int]:
    """Trial → its number in its study."""
    query = select(Trial.id, Trial.number).where(Trial.id.in_(list(trial_ids)))
    return {row.id: row.number for row in session.execute(query)}


def worker_names(session: Session, worker_ids: Iterable[int]) -> dict[int, str]:
    """Worker → its name."""
    query = select(Worker.id, Worker.name).where(Worker.id.in_(list(worker_ids)))
    return {row.id: row.name for row in session.execute(query)}
