"""A service of this process on SQLite, and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.settings import Settings
from sitter.client import Sitter
from tests.service.serving import served


@pytest.fixture
def lease_seconds() -> float:
    """Long; a test of hearts and losses says `@SHORT_LEASE`."""
    return 30.0


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, lease_seconds: float) -> Iterator[str]:
    settings = Settings(
        database_url=sqlite_url,
        artifacts_url=str(tmp_path / "artifacts"),
        lease_seconds=lease_seconds,
        reaper_seconds=0.1,
    )
    with served(settings) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[Sitter]:
    with Sitter(url) as connected:
        yield connected
