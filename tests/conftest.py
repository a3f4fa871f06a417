"""Databases to test on: SQLite always, Postgres wherever one answers (and in CI it must)."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from service.db import normalised

# Side by side, processes that each took every core for torch would wait for one another.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A machine that is busy is slow: what takes how long is measured in bench/, not here.
settings.register_profile("sitter", deadline=None)
settings.load_profile("sitter")

SERVERS = [
    os.environ.get("SITTER_TEST_POSTGRES_URL", ""),
    "postgresql://postgres@/postgres",  # the local socket
    "postgresql://postgres@127.0.0.1:5432/postgres",
]


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """URL of a Postgres that answers; without one the tests on it are skipped, or fail in CI."""
    for server in filter(None, SERVERS):
        engine = create_engine(normalised(server), connect_args={"connect_timeout": 3})
        try:
            with engine.connect():
                return normalised(server)
        except OperationalError:
            continue
        finally:
            engine.dispose()
    if os.environ.get("SITTER_REQUIRE_POSTGRES") == "1":
        pytest.fail("SITTER_REQUIRE_POSTGRES=1, but no Postgres answers")
    pytest.skip("no Postgres answers at SITTER_TEST_POSTGRES_URL, the local socket or 127.0.0.1")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database."""
    return f"sqlite:///{tmp_path / 'sitter.db'}"


@contextmanager
def created(server: str, template: str = "template1") -> Iterator[str]:
    """A Postgres database of its own, dropped behind the block; its URL."""
    name = f"sitter_test_{uuid.uuid4().hex[:16]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        # These rows need not outlive a power cut; each commit would wait for the disk.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty Postgres database."""
    with created(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(autouse=True, scope="session")
def plans_of_these_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What workers measure is kept for one test run, and the user's cache is left alone."""
    os.environ["SITTER_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
