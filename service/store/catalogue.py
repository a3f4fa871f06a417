"""The studies as a catalogue: searched, filtered and sorted."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, String, case, cast, func, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from service.store.pages import worst_rank
from service.store.paging import Page, page, ranked
from service.tables import ENDED, Study, Trial

Sort = Literal["created", "name", "state", "best", "worst", "progress"]

DESCENDING = {  # how each sort is read when nothing else is said
    "created": True,
    "name": False,
    "state": False,
    "best": True,
    "worst": True,
    "progress": True,
}


@dataclass(frozen=True)
class Wanted:
    """Which studies to list: those with `q` in their name, note or tags, of a tag, in a state.

    `descending` None: as the sort is usually read. `best` puts studies of one metric together, the
    best first; it looks at single trials, also where points have repeats.
    """

    q: str = ""
    tag: str | None = None
    state: str | None = None
    sort: Sort = "created"
    descending: bool | None = None

    @property
    def falls(self) -> bool:
        """Whether the order is a descending one."""
        return DESCENDING[self.sort] if self.descending is None else self.descending


def listed(session: Session, wanted: Wanted, *, cursor: str | None, limit: int) -> Page[Study]:
    """The studies wanted, in the order wanted; of equals, the earliest first."""
    query = _narrowed(session, select(Study), wanted)
    if wanted.sort == "created":
        return page(
            session,
            query,
            Study.id,
            Study.id,
            descending=wanted.falls,
            cursor=cursor,
            limit=limit,
        )
    ids = session.scalars(query.with_only_columns(Study.id).order_by(*_order(wanted))).all()
    return ranked(session, ids, select(Study), Study.id, cursor=cursor, limit=limit)


def number(session: Session, wanted: Wanted) -> int:
    """How many studies are wanted."""
    query = _narrowed(session, select(func.count()).select_from(Study), wanted)
    return session.scalar(query) or 0


def _narrowed(session: Session, query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.state is not None:
        query = query.where(Study.state == wanted.state)
    if wanted.tag is not None:
        query = query.where(_has_tag(session, wanted.tag))
    if wanted.q:
        texts = (Study.name, Study.note, cast(Study.tags, String))
        query = query.where(or_(*(text.icontains(wanted.q, autoescape=True) for text in texts)))
    return query


def _has_tag(session: Session, tag: str) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "postgresql":
        return type_coerce(Study.tags, JSONB).contains([tag])
    each = func.json_each(Study.tags).table_valued("value")
    return select(1).select_from(each).where(each.c.value == tag).exists()


def _order(wanted: Wanted) -> list[ColumnElement[Any]]:
    key = {
        "name": lambda: func.lower(Study.name),
        "state": lambda: Study.state,
        "best": _goodness,
        "worst": worst_rank,
        "progress": _progress,
    }[wanted.sort]()
    directed = key.desc() if wanted.falls else key.asc()
    within = [Study.metric.asc()] if wanted.sort == "best" else []
    return [key.is_(None).asc(), *within, directed, Study.id.asc()]


def _goodness() -> ColumnElement[Any]:
    """The best value of a complete trial, turned so that more is better."""
    mine = (Trial.study_id == Study.id, Trial.state == "complete")
    highest = select(func.max(Trial.value)).where(*mine).scalar_subquery()
    lowest = select(func.min(Trial.value)).where(*mine).scalar_subquery()
    return case((Study.direction == "maximize", highest), else_=-lowest)


def _progress() -> ColumnElement[Any]:
    """The share of trials that have ended, of those drawn and those that may still be."""
    mine = select(func.count()).where(Trial.study_id == Study.id)
    ended = mine.where(Trial.state.in_(ENDED)).scalar_subquery()
    open_ = case(
        (Study.state.in_(("running", "paused")), Study.budget - Study.next_ordinal), else_=0
    )
    return ended * 1.0 / func.nullif(mine.scalar_subquery() + open_, 0)
