"""What the dashboard's pages read beside the API's own queries: a few indexed reads per page."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from diagnostics import Severity
from service.tables import Study, Trial, VerdictRow, Worker

MOST_NAMED = 5000  # ids in one query
GRAVE = (Severity.FATAL.value, Severity.WARNING.value, Severity.NOTE.value)


class PointRow(NamedTuple):
    """A trial as figures draw it."""

    id: int
    number: int
    state: str
    params: dict[str, Any]
    value: float | None
    epochs_done: int


class WatchedRow(NamedTuple):
    """A trial of a matrix."""

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


def points(session: Session, study_id: int, *, above: int, among: Iterable[int]) -> list[PointRow]:
    """The study's trials whose id is above this one, and those of the given ids."""
    columns = (Trial.id, Trial.number, Trial.state, Trial.params, Trial.value, Trial.epochs_done)
    query = select(*columns).where(Trial.study_id == study_id)
    found = list(session.execute(query.where(Trial.id > above).order_by(Trial.id)))
    older = sorted(trial for trial in among if trial <= above)
    for start in range(0, len(older), MOST_NAMED):
        some = older[start : start + MOST_NAMED]
        found.extend(session.execute(query.where(Trial.id.in_(some))))
    return [PointRow(*row) for row in found]


def newest(session: Session, study_id: int, most: int) -> list[PointRow]:
    """The study's newest trials, in the order of their numbers."""
    query = select(
        Trial.id, Trial.number, Trial.state, Trial.params, Trial.value, Trial.epochs_done
    ).where(Trial.study_id == study_id)
    rows = session.execute(query.order_by(Trial.number.desc()).limit(most))
    return [PointRow(*row) for row in rows][::-1]


def drawn(session: Session, study_id: int) -> int:
    """How many trials the study has, whatever their state."""
    query = select(func.count()).select_from(Trial).where(Trial.study_id == study_id)
    return session.scalar(query) or 0


def spoiled(session: Session, study_id: int, most: int) -> Sequence[Mapping[str, Any]]:
    """The points of infeasible trials."""
    query = select(Trial.params).where(Trial.study_id == study_id, Trial.state == "infeasible")
    return session.scalars(query.order_by(Trial.number).limit(most)).all()


def as_good(session: Session, study_id: int, value: float) -> Sequence[Mapping[str, Any]]:
    """The points of complete trials with this objective."""
    query = select(Trial.params).where(
        Trial.study_id == study_id, Trial.state == "complete", Trial.value == value
    )
    return session.scalars(query.order_by(Trial.number).limit(MOST_NAMED)).all()


def last_failure(session: Session, study_id: int) -> str | None:
    """Why the newest failed trial failed."""
    query = select(Trial.reason).where(Trial.study_id == study_id, Trial.state == "failed")
    return session.scalars(query.order_by(Trial.number.desc()).limit(1)).first()


def worst(session: Session, study_ids: Iterable[int]) -> dict[int, Severity]:
    """The worst severity that any check has given in each study; studies without verdicts miss."""
    query = select(Study.id, worst_rank()).where(Study.id.in_(list(study_ids)))
    by_rank = {severity.rank: severity for severity in Severity}
    rows = session.execute(query)
    return {study_id: by_rank[rank] for study_id, rank in rows if rank is not None}


def worst_rank() -> ColumnElement[int | None]:
    """The rank of a study's worst severity; one look into an index for each severity."""
    each = sorted(Severity, key=lambda severity: -severity.rank)
    return case(*((_gave(severity), severity.rank) for severity in each), else_=None)


def _gave(severity: Severity) -> ColumnElement[bool]:
    mine = (VerdictRow.study_id == Study.id, VerdictRow.severity == severity.value)
    return select(VerdictRow.id).where(*mine).exists()


def watched(session: Session, study_id: int, most: int) -> list[WatchedRow]:
    """The trials with the worst verdicts, of equals the newest, then the newest of all."""
    ids: dict[int, None] = {}  # in this order
    for severity in GRAVE:
        if len(ids) < most:
            ids |= dict.fromkeys(_newest(session, study_id, severity, most))
    if len(ids) < most:
        newest = select(Trial.id).where(Trial.study_id == study_id, Trial.attempts > 0)
        ids |= dict.fromkeys(session.scalars(newest.order_by(Trial.number.desc()).limit(most)))
    chosen = list(ids)[:most]
    query = select(Trial.id, Trial.number, Trial.stack_key).where(Trial.id.in_(chosen))
    rows = {row.id: WatchedRow(*row) for row in session.execute(query)}
    return [rows[trial] for trial in chosen]


def _newest(session: Session, study_id: int, severity: str, most: int) -> Sequence[int]:
    query = (
        select(VerdictRow.trial_id)
        .where(VerdictRow.study_id == study_id, VerdictRow.severity == severity)
        .group_by(VerdictRow.trial_id)
        .order_by(VerdictRow.trial_id.desc())
        .limit(most)
    )
    return session.scalars(query).all()


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
