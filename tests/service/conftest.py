"""The service in this process, on a database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.service.desk import Desk


@pytest.fixture
def lease_seconds() -> float:
    """Long; a test of dead workers says `@SHORT_LEASE`."""
    return 30.0


@pytest.fixture
def settings(database_url: str, tmp_path: Path, lease_seconds: float) -> Settings:
    return Settings(
        database_url=database_url,
        artifacts_url=str(tmp_path / "artifacts"),
        lease_seconds=lease_seconds,
        reaper_seconds=0.05,
        max_attempts=3,
    )


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with TestClient(create_app(settings)) as http:
        yield Desk(http)
