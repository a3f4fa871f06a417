"""Getting one row or a 404, and inserts that both dialects know."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Table as SqlTable
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.tables import Table

Row = TypeVar("Row", bound=Table)


def found(session: Session, kind: type[Row], key: int, *, lock: bool = False) -> Row:
    """The row with this id; locked, it is also read anew. Raises NotFound."""
    if not lock:
        row = session.get(kind, key)
    else:
        # NO KEY UPDATE: rows that refer to this one may still be inserted meanwhile.
        row = session.get(kind, key, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound(_word(kind), key)
    return row


def insert_new(session: Session, kind: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    """Insert those rows that are not there yet; the others stay as they are."""
    if rows:
        session.execute(_insert(session, kind).on_conflict_do_nothing(), list(rows))


def upsert(
    session: Session, kind: type[Table], rows: Sequence[dict[str, Any]], key: Sequence[str]
) -> None:
    """Insert, or replace every other column of the row with the same `key`."""
    if not rows:
        return
    statement = _insert(session, kind)
    changed = {c: statement.excluded[c] for c in rows[0] if c not in key}
    session.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=changed), list(rows)
    )


def insert(session: Session, kind: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    """Insert in one statement."""
    if rows:
        session.execute(plain_insert(_table(kind)), list(rows))


def _insert(session: Session, kind: type[Table]) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(_table(kind))


def _table(kind: type[Table]) -> SqlTable:
    table = kind.__table__
    assert isinstance(table, SqlTable)
    return table


def _word(kind: type[Table]) -> str:
    return kind.__name__.removesuffix("Row").lower()
