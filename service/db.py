"""The database: one transaction per request, and the only `commit` in the service.

SQLite: WAL, foreign keys on, one writer. Writers of this process queue on a lock, which hands over
at once where SQLite's own busy handler sleeps; `BEGIN IMMEDIATE` guards against other processes.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

POOL_SIZE = 20  # connections kept; FastAPI runs at most 40 handlers at once
POOL_OVERFLOW = 20
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "wal_autocheckpoint=8000",  # pages, 32 MB: pages written often are copied back less often
)


class Database:
    """A pool of connections to one database. Threads may share it."""

    def __init__(self, url: str, *, busy_seconds: float = 30.0) -> None:
        self.engine = _engine(url, busy_seconds)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writer = threading.Lock() if self.is_sqlite else nullcontext()
        self._immediate = self.engine.execution_options(sitter_write=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose changes, if any, are thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back where an error leaves it."""
        with self._writer, Session(self._immediate, expire_on_commit=False) as session:
            yield session
            session.commit()

    def ping(self) -> None:
        """Raises where the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Closes every connection of the pool."""
        self.engine.dispose()


def normalised(url: str) -> str:
    """`postgres://` and `postgresql://` mean psycopg 3 here."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _engine(url: str, busy_seconds: float) -> Engine:
    target = make_url(normalised(url))
    sqlite = target.get_backend_name() == "sqlite"
    engine = create_engine(
        target,
        json_serializer=_to_json,
        json_deserializer=from_json,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_use_lifo=True,  # the connection used last has the most statements prepared
        connect_args={"timeout": busy_seconds, "check_same_thread": False} if sqlite else {},
    )
    if sqlite:
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _to_json(value: Any) -> str:
    return to_json(value, inf_nan_mode="null").decode()


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, below
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("sitter_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
