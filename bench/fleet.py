"""A service and workers for a benchmark: processes of their own, in a folder of their own."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sitter.answers import Study
from sitter.client import Sitter
from sitter.fleet.local import LocalFleet, devices, free_port

HOST = "127.0.0.1"
POLL_SECONDS = 0.2
MOST_SECONDS = 3600.0  # of one study
LAST_LINES = 5  # of a log


@dataclass(frozen=True)
class Timed:
    """A study that is complete, and the wall time since `begun`."""

    study: Study
    seconds: float


@dataclass(frozen=True)
class Running:
    """A fleet that has just been started, at `begun` on the wall clock."""

    fleet: LocalFleet
    client: Sitter
    begun: float

    def train(self, document: Mapping[str, Any], *, begun: float | None = None) -> Timed:
        """Submit a study and wait until nothing of it is left to do.

        The time ends with the service's own word, `ended_at`, so that it does not depend on how
        often it is asked. Raises RuntimeError where the fleet dies or takes for ever.
        """
        begun = time.time() if begun is None else begun
        study = self.client.submit(document)
        while not study.over:
            why = self.fleet.died()
            if why or time.time() - begun > MOST_SECONDS:
                why = why or f"study {study.id} took over {MOST_SECONDS:.0f} s"
                raise RuntimeError(f"{why}:\n{self._last_words()}")
            time.sleep(POLL_SECONDS)
            study = self.client.study(study.id)
        assert study.ended_at is not None
        return Timed(study, study.ended_at.timestamp() - begun)

    def plans(self, study: int) -> list[dict[str, Any]]:
        """How the study's leases were trained: each different plan once."""
        told = {
            lease.plan.model_dump_json(): lease.plan.model_dump(mode="json")
            for lease in self.client.leases(study)
            if lease.plan is not None
        }
        return list(told.values())

    def _last_words(self) -> str:
        """Of every process; the logs are deleted with the folder."""
        assert self.fleet.log_dir is not None
        logs = sorted(self.fleet.log_dir.glob("*.log"))
        lines = [
            f"{log.stem}: {line}"
            for log in logs
            for line in log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        ]
        return "\n".join(lines)


@contextmanager
def fresh_fleet(data: Path) -> Iterator[Running]:
    """A worker for each core or GPU, an empty SQLite file, and nothing cached from before."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as place:
        folder = Path(place).resolve()
        caches = {"SITTER_CACHE_DIR": "cache", "TORCHINDUCTOR_CACHE_DIR": "compiled"}
        variables = {name: str(folder / inner) for name, inner in caches.items()}
        variables["SITTER_ARTIFACTS_URL"] = str(folder / "artifacts")
        variables["SITTER_DATA_DIR"] = str(data.resolve())
        with _environment(variables):
            fleet = LocalFleet(
                HOST,
                free_port(HOST, 0),
                devices(),
                database_url=f"sqlite:///{folder / 'bench.db'}",
                log_dir=folder / "logs",
            )
            begun = time.time()
            fleet.start()
            try:
                with Sitter(fleet.url) as client:
                    yield Running(fleet, client, begun)
            finally:
                fleet.stop()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """What processes started meanwhile inherit."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
