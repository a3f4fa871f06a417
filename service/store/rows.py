"""Getting one row or a 404, and writing many rows with one statement.

On Postgres the rows travel as one JSON parameter (`jsonb_populate_recordset`): 64 epochs take a
millisecond where a statement each, even pipelined, took four. SQLite has no round trip to save and
takes them one by one.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Table as SqlTable
from sqlalchemy import bindparam, insert, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.tables import Table

Row = TypeVar("Row", bound=Table)
Values = dict[str, Any]  # column → value; every row of one call has the same columns


def found(session: Session, kind: type[Row], key: int, *, lock: bool = False) -> Row:
    """The row with this id; locked, it is also read anew. Raises NotFound."""
    if not lock:
        row = session.get(kind, key)
    else:
        # NO KEY UPDATE: rows that refer to this one may still be inserted meanwhile.
        row = session.get(kind, key, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound(kind.__name__.removesuffix("Row").lower(), key)
    return row


def insert_all(session: Session, kind: type[Table], rows: Sequence[Values]) -> None:
    """Insert the rows."""
    if rows and not _as_json(session, _insert_sql(kind, rows[0]), rows):
        _each(session, insert(_table(kind)), rows)


def insert_new(session: Session, kind: type[Table], rows: Sequence[Values]) -> None:
    """Insert those rows that are not there yet; the others stay as they are."""
    sql = _insert_sql(kind, rows[0]) + " ON CONFLICT DO NOTHING" if rows else ""
    if rows and not _as_json(session, sql, rows):
        _each(session, sqlite.insert(_table(kind)).on_conflict_do_nothing(), rows)


def upsert(session: Session, kind: type[Table], rows: Sequence[Values], key: Sequence[str]) -> None:
    """Insert, or replace every other column of the row with the same `key`."""
    if not rows:
        return
    changed = [column for column in rows[0] if column not in key]
    replaced = ", ".join(f"{column} = excluded.{column}" for column in changed)
    sql = f"{_insert_sql(kind, rows[0])} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {replaced}"
    if not _as_json(session, sql, rows):
        statement = sqlite.insert(_table(kind))
        new = {column: statement.excluded[column] for column in changed}
        _each(session, statement.on_conflict_do_update(index_elements=list(key), set_=new), rows)


def update_each(session: Session, kind: type[Table], rows: Sequence[Values]) -> None:
    """Set each row's columns where `id` is its own. Objects of the session do not learn of it."""
    if not rows:
        return
    name = kind.__tablename__
    changed = [column for column in rows[0] if column != "id"]
    assigned = ", ".join(f"{column} = r.{column}" for column in changed)
    sql = f"UPDATE {name} SET {assigned} FROM {_records(name)} r WHERE {name}.id = r.id"
    if not _as_json(session, sql, rows):
        table = _table(kind)
        new: dict[str, Any] = {column: bindparam(f"new_{column}") for column in changed}
        statement = update(table).where(table.c.id == bindparam("new_id")).values(new)
        _each(session, statement, [{f"new_{c}": v for c, v in row.items()} for row in rows])


def _as_json(session: Session, sql: str, rows: Sequence[Values]) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return False
    records = json.dumps(rows, default=str, allow_nan=False)
    session.connection().execute(text(sql), {"records": records})
    return True


def _each(session: Session, statement: Any, rows: Sequence[Values]) -> None:
    session.connection().execute(statement, list(rows))


def _insert_sql(kind: type[Table], row: Values) -> str:
    """Names are our own tables' and columns', never a request's."""
    columns = ", ".join(row)
    return (
        f"INSERT INTO {kind.__tablename__} ({columns}) "
        f"SELECT {columns} FROM {_records(kind.__tablename__)}"
    )


def _records(name: str) -> str:
    return f"jsonb_populate_recordset(NULL::{name}, CAST(:records AS jsonb))"


def _table(kind: type[Table]) -> SqlTable:
    table = kind.__table__
    assert isinstance(table, SqlTable)
    return table
