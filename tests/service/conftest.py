"""The service in this process, on a database of each kind."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service import schema
from service.app import create_app
from service.db import Database
from service.settings import Settings
from service.tables import Table
from tests.conftest import created
from tests.service.desk import HOME, Desk

SEQUENCES = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S'"


@pytest.fixture
def lease_seconds() -> float:
    """Long; a test of dead workers says `@SHORT_LEASE`."""
    return 30.0


@pytest.fixture(scope="session")
def tables_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables, to be copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("tables") / "sitter.db"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def tables_on_postgres(postgres_server: str) -> Iterator[str]:
    """A Postgres database with our tables, to be emptied: making one takes longer than a test."""
    with created(postgres_server) as url:
        migrated(url)
        yield url


def migrated(url: str) -> None:
    database = Database(url)
    schema.upgrade(database.engine)
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def service_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind with our tables and nothing in them."""
    tables = request.getfixturevalue(f"tables_on_{request.param}")
    if request.param == "sqlite":
        shutil.copy(tables, tmp_path / "sitter.db")
        return f"sqlite:///{tmp_path / 'sitter.db'}"
    emptied(tables)
    return str(tables)


def emptied(url: str) -> None:
    """No rows are left, and ids begin with 1 again. TRUNCATE would take ten times as long."""
    database = Database(url)
    children_first = [table.name for table in reversed(Table.metadata.sorted_tables)]
    with database.engine.begin() as connection:
        connection.execute(text("; ".join(f"DELETE FROM {name}" for name in children_first)))
        numbered = connection.scalars(text(SEQUENCES)).all()
        connection.execute(text("; ".join(f"ALTER SEQUENCE {name} RESTART" for name in numbered)))
    database.close()


@pytest.fixture
def settings(service_url: str, tmp_path: Path, lease_seconds: float) -> Settings:
    return Settings(
        database_url=service_url,
        artifacts_url=str(tmp_path / "artifacts"),
        lease_seconds=lease_seconds,
        reaper_seconds=0.05,
        max_attempts=3,
    )


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with TestClient(create_app(settings), base_url=HOME) as http:
        yield Desk(http)
