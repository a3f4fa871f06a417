"""Cursor paging: a page is asked for by where the last one ended, so rows that come and go
meanwhile are neither shown twice nor skipped.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.errors import Invalid
from trainer.recipe import Problem

LARGEST = 2**31  # of SQL's integers

Row = TypeVar("Row")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """`next` is the cursor of the following page, None on the last."""

    items: Sequence[Item]
    next: str | None

    def each(self, turn: Callable[[Item], Any]) -> dict[str, Any]:
        """JSON form, every item turned."""
        return {"items": [turn(item) for item in self.items], "next": self.next}


def page(
    session: Session,
    query: Select[Row],
    by: InstrumentedAttribute[Any],
    row_id: InstrumentedAttribute[int],
    *,
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Row]:
    """Rows ordered by `by` (missing values last), equals earliest first.

    Raises Invalid for a bad cursor.
    """
    missing = by.is_(None)
    if cursor is not None:
        query = query.where(_beyond(by, row_id, descending, *_decode(cursor, by.type.python_type)))
    directed = (by.desc() if descending else by.asc(), row_id.asc())
    rows = session.scalars(query.order_by(missing.asc(), *directed).limit(limit + 1)).all()
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], _encode(getattr(last, by.key), getattr(last, row_id.key)))


def ranked(
    session: Session,
    ids: Sequence[int],
    query: Select[Row],
    row_id: InstrumentedAttribute[int],
    *,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Row]:
    """Rows in the order of `ids`, which no column keeps.

    A page begins behind the row that the last one ended with; where that has gone, at its place.
    Raises Invalid for a bad cursor.
    """
    start = 0
    if cursor is not None:
        place, last_id = _decode(cursor, int)
        start = ids.index(last_id) + 1 if last_id in ids else max(place or 0, 0)
    shown = ids[start : start + limit]
    found = {
        getattr(row, row_id.key): row for row in session.scalars(query.where(row_id.in_(shown)))
    }
    more = start + limit < len(ids)
    rows = [found[each] for each in shown if each in found]  # one may be deleted meanwhile
    return Page(rows, _encode(start + limit, shown[-1]) if more else None)


def _beyond(
    by: InstrumentedAttribute[Any],
    row_id: InstrumentedAttribute[int],
    descending: bool,
    value: Any,
    last_id: int,
) -> ColumnElement[bool]:
    further_id = row_id > last_id
    if value is None:
        return and_(by.is_(None), further_id)
    further = by < value if descending else by > value
    missing_too = by.is_(None) if by.nullable else false()
    return or_(further, and_(by == value, further_id), missing_too)


def _encode(value: Any, row_id: int) -> str:
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([plain, row_id]).encode()).decode().rstrip("=")


def _decode(cursor: str, kind: type) -> tuple[Any, int]:
    """The value, of the column's Python type or None, and the id."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        value, row_id = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if kind is datetime and isinstance(value, str):
            value = datetime.fromisoformat(value)
        if kind is float and type(value) is int:
            value = float(value)
        whole = [number for number in (value, row_id) if type(number) is int]
        fits = all(abs(number) < LARGEST for number in whole)
        if fits and type(row_id) is int and (value is None or type(value) is kind):
            return value, row_id
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        pass
    problem = Problem("cursor", cursor, "is not a cursor; take `next` of the page before as it is")
    raise Invalid([problem])
