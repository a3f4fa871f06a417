"""How often each check speaks, and each cause is found: over all studies, or in one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from service.tables import DiagnosisRow, Study, Trial, VerdictRow

LOUD = ("warning", "fatal")


class Said(NamedTuple):
    """A check's verdicts of one severity; `newest` is the id of the last one first given."""

    check: str
    severity: str
    times: int
    newest: int


class Found(NamedTuple):
    """A cause: the trials it is likeliest for, and all those that it may be the cause of."""

    cause: str
    first: int
    trials: int


class Heard(NamedTuple):
    """A verdict with the trial and the study that it is about."""

    verdict: VerdictRow
    number: int
    state: str
    study_name: str


def said(session: Session, *, study: int | None = None, check: str | None = None) -> list[Said]:
    """Verdicts by check and severity. Read from an index alone, also over all studies."""
    each = select(
        VerdictRow.check_name.label("name"),
        VerdictRow.severity.label("severity"),
        func.count().label("times"),
        func.max(VerdictRow.id).label("newest"),
    ).group_by(VerdictRow.study_id, VerdictRow.check_name, VerdictRow.severity)
    if check is not None:
        each = each.where(*_of(check, study))
    elif study is not None:
        each = each.where(VerdictRow.study_id == study)
    of = each.subquery().c  # in the order of the index, so that nothing is sorted
    query = select(of.name, of.severity, func.sum(of.times), func.max(of.newest))
    rows = session.execute(query.group_by(of.name, of.severity))
    return [Said(name, severity, int(times), newest) for name, severity, times, newest in rows]


def parted(session: Session, study: int, edge: int) -> tuple[list[Said], list[Said]]:
    """A study's verdicts on trials up to the id `edge`, and on those above it.

    All of them are read from an index alone, and those above are taken off: in one statement, so
    that none is given in between. Where the edge is an old id this reads verdicts of later studies.
    """
    whole = _counted(VerdictRow.study_id == study, above=False)
    above = _counted(*_among(study, edge, None), above=True)
    found: dict[bool, dict[tuple[str, str], Said]] = {False: {}, True: {}}
    for name, severity, times, newest, is_above in session.execute(union_all(whole, above)):
        found[bool(is_above)][name, severity] = Said(name, severity, times, newest)
    open_ = found[True]
    below = [
        said._replace(times=said.times - (open_[key].times if key in open_ else 0))
        for key, said in found[False].items()
    ]
    return [said for said in below if said.times], list(open_.values())


def between(session: Session, study: int, after: int, upto: int) -> list[Said]:
    """A study's verdicts on trials above the id `after`, up to `upto`."""
    query = _counted(*_among(study, after, upto), above=True)
    return [Said(*row[:4]) for row in session.execute(query)]


def moments(session: Session, verdict_ids: Sequence[int]) -> dict[int, datetime]:
    """Verdict → when it was given."""
    query = select(VerdictRow.id, VerdictRow.created_at).where(VerdictRow.id.in_(verdict_ids))
    return {row.id: row.created_at for row in session.execute(query)}


def newest(session: Session, check: str, most: int, *, study: int | None = None) -> list[Heard]:
    """The newest verdicts of a check at warning or above."""
    loud = select(VerdictRow.id).where(*_of(check, study), VerdictRow.severity.in_(LOUD))
    query = (
        select(VerdictRow, Trial.number, Trial.state, Study.name)
        .join(Trial, Trial.id == VerdictRow.trial_id)
        .join(Study, Study.id == VerdictRow.study_id)
        .where(VerdictRow.id.in_(loud.order_by(VerdictRow.id.desc()).limit(most)))
        .order_by(VerdictRow.id.desc())
    )
    return [Heard(*row) for row in session.execute(query)]


def causes(session: Session, *, study: int | None = None) -> list[Found]:
    """Every cause that a trial was found to have, the one that is likeliest most often first."""
    first = func.count().filter(DiagnosisRow.rank == 1)
    query = select(DiagnosisRow.cause, first, func.count()).group_by(DiagnosisRow.cause)
    if study is not None:
        query = query.where(DiagnosisRow.study_id == study)
    rows = session.execute(query.order_by(first.desc(), func.count().desc(), DiagnosisRow.cause))
    return [Found(*row) for row in rows]


def _counted(*conditions: ColumnElement[bool], above: bool) -> Select[str, str, int, int, int]:
    names = (VerdictRow.check_name, VerdictRow.severity)
    columns = (*names, func.count(), func.max(VerdictRow.id), literal(int(above)))
    return select(*columns).where(*conditions).group_by(*names)


def _among(study: int, after: int, upto: int | None) -> tuple[ColumnElement[bool], ...]:
    """Found by the index that begins with the trial: with its bare column, SQLite would read every
    verdict of the study, in the order in which they are grouped.
    """
    within = VerdictRow.study_id + 0 == study
    last = () if upto is None else (VerdictRow.trial_id <= upto,)
    return (within, VerdictRow.trial_id > after, *last)


def _of(check: str, study: int | None) -> tuple[ColumnElement[Any], ...]:
    """The studies are named, since the index begins with them."""
    within: Any = select(Study.id) if study is None else [study]
    return VerdictRow.study_id.in_(within), VerdictRow.check_name == check
