import threading

import pytest
from sqlalchemy import func, select, text

from service import schema
from service.db import Database, normalised
from service.tables import Worker


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    schema.upgrade(database.engine)
    yield database
    database.close()


def worker(name: str) -> Worker:
    return Worker(name=name, device="cpu", slots=1, version="")


def workers(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Worker)) or 0


def test_writing_commits(database: Database) -> None:
    with database.writing() as session:
        session.add(worker("a"))
    assert workers(database) == 1


def test_an_error_rolls_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        session.add(worker("a"))
        session.flush()
        raise ZeroDivisionError
    assert workers(database) == 0


def test_reading_keeps_nothing(database: Database) -> None:
    with database.reading() as session:
        session.add(worker("a"))
        session.flush()
    assert workers(database) == 0


def test_writers_of_many_threads_all_land(database: Database) -> None:
    def write(thread: int) -> None:
        for i in range(10):
            with database.writing() as session:
                session.add(worker(f"{thread}-{i}"))

    threads = [threading.Thread(target=write, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert workers(database) == 160


def test_sqlite_runs_in_wal_with_foreign_keys(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    database.close()


@pytest.mark.parametrize("url", ["postgres://u@h/d", "postgresql://u@h/d"])
def test_postgres_means_psycopg(url: str) -> None:
    assert normalised(url) == "postgresql+psycopg://u@h/d"


def test_only_db_commits() -> None:
    """STYLE: one transaction per request, and `commit()` only in db.py."""
    from pathlib import Path

    import service

    root = Path(service.__file__).parent
    committing = [p.name for p in root.rglob("*.py") if ".commit()" in p.read_text("utf-8")]
    assert committing == ["db.py"]
