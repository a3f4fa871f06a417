"""Real processes over real HTTP."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sitter.fleet.local import LocalFleet, free_port

Start = Callable[..., LocalFleet]


@pytest.fixture
def start(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a service and workers as processes; they are stopped behind the test."""
    fleets: list[LocalFleet] = []

    def begin(workers: int = 0, slots: int | None = None, **environment: object) -> LocalFleet:
        monkeypatch.setenv("SITTER_ARTIFACTS_URL", str(tmp_path / "artifacts"))
        for name, value in environment.items():
            monkeypatch.setenv(f"SITTER_{name.upper()}", str(value))
        port = free_port("127.0.0.1", 0)
        on, logs = ["cpu"] * workers, tmp_path / "logs"
        fleet = LocalFleet("127.0.0.1", port, on, slots, database_url, logs)
        fleets.append(fleet)
        fleet.start()
        return fleet

    yield begin
    for fleet in fleets:
        fleet.stop()
