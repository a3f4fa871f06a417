"""Getting one row or a 404, and writing many rows with one statement.

On Postgres the rows travel as one JSON parameter (`json_populate_recordset`): one round trip and
one plan, whatever their number, and keys in the order they came. SQLite has no round trip to save
and takes them one by one, straight through the driver. SQL is made of our own tables' and columns'
names alone, never of a request's.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from pydantic_core import to_json
from sqlalchemy import Dialect, text
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.tables import Table, Utc

MOMENTS = 16  # kept as SQLite writes them

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
    _insert(session, kind, rows, "")


def insert_new(session: Session, kind: type[Table], rows: Sequence[Values]) -> None:
    """Insert those rows that are not there yet; the others stay as they are."""
    _insert(session, kind, rows, "ON CONFLICT DO NOTHING")


def upsert(session: Session, kind: type[Table], rows: Sequence[Values], key: Sequence[str]) -> None:
    """Insert, or replace every other column of the row with the same `key`."""
    if rows:
        changed = [column for column in rows[0] if column not in key]
        replaced = ", ".join(f"{column} = excluded.{column}" for column in changed)
        _insert(session, kind, rows, f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {replaced}")


def update_each(session: Session, kind: type[Table], rows: Sequence[Values]) -> None:
    """Set each row's columns where `id` is its own. Objects of the session do not learn of it."""
    if not rows:
        return
    name = kind.__tablename__
    changed = [column for column in rows[0] if column != "id"]
    if _postgres(session):
        assigned = ", ".join(f"{column} = r.{column}" for column in changed)
        where = f"WHERE {name}.id = r.id"
        _as_json(session, f"UPDATE {name} SET {assigned} FROM {_records(name)} r {where}", rows)
    else:
        assigned = ", ".join(f"{column} = ?" for column in changed)
        _each(session, kind, f"UPDATE {name} SET {assigned} WHERE id = ?", [*changed, "id"], rows)


def _insert(session: Session, kind: type[Table], rows: Sequence[Values], conflict: str) -> None:
    if not rows:
        return
    columns = list(rows[0])
    into = f"INSERT INTO {kind.__tablename__} ({', '.join(columns)})"
    if _postgres(session):
        source = f"SELECT {', '.join(columns)} FROM {_records(kind.__tablename__)}"
        _as_json(session, f"{into} {source} {conflict}", rows)
    else:
        places = ", ".join("?" * len(columns))
        _each(session, kind, f"{into} VALUES ({places}) {conflict}", columns, rows)


def _as_json(session: Session, sql: str, rows: Sequence[Values]) -> None:
    records = to_json(rows, inf_nan_mode="null").decode()
    session.connection().execute(text(sql), {"records": records})


def _each(
    session: Session, kind: type[Table], sql: str, columns: Sequence[str], rows: Sequence[Values]
) -> None:
    """Values become SQLite's as SQLAlchemy's own types say, without its work per statement."""
    connection = session.connection()
    converters = _converters(kind, tuple(columns), connection.dialect)
    taken = itemgetter(*columns)
    converted = []
    for row in rows:
        values = list(taken(row))
        for place, turn in converters:
            values[place] = turn(values[place])
        converted.append(tuple(values))
    connection.exec_driver_sql(sql, converted)


@cache
def _converters(
    kind: type[Table], columns: tuple[str, ...], dialect: Dialect
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """Places of the columns whose values SQLite does not take as they are, and what turns them."""
    types = [kind.__table__.c[column].type for column in columns]
    turns = [each.dialect_impl(dialect).bind_processor(dialect) for each in types]
    # The rows of one call share their moment, which is costly to write.
    return tuple(
        (place, lru_cache(MOMENTS)(turn) if isinstance(types[place], Utc) else turn)
        for place, turn in enumerate(turns)
        if turn is not None
    )


def _postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _records(name: str) -> str:
    return f"json_populate_recordset(NULL::{name}, CAST(:records AS json))"
