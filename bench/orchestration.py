"""What the service costs per trial, beside Optuna's RDB storage on the same databases.

A trial is claim + 10 epoch reports + finish, over HTTP, in batches of 1, 16 and 64; Optuna's is
ask + 10 × report + tell on its own tables. Nothing is trained. Both draw two log-uniform values.
The requests come over the standard library's bare connection, so that the service is measured and
not a client; the row "by our client" has what a worker sees, httpx and its retries included.

    python -m bench.orchestration [--rounds 5] [--postgres URL]
"""

import argparse
import http.client
import json
import logging
import os
import statistics
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import optuna
from sqlalchemy import create_engine, text

from bench.machine import machine
from sitter.answers import Claim
from sitter.client import Sitter
from sitter.fleet.local import LocalFleet, free_port

EPOCHS = 10
BATCHES = (1, 16, 64)
TRIALS = {1: 32, 16: 128, 64: 256}  # of one round, by batch: a second or so each
OPTUNA_TRIALS = 32
RESULT = Path(__file__).with_suffix(".json")
SIGNALS = {"update_ratio": {"fc1": 1.2e-3, "output": 2.5e-3}, "loss_max": 2.31}
STUDY = {
    "name": "orchestration",
    "recipe": {"epochs": EPOCHS},
    "space": {
        "optimizer.lr": {"log_uniform": [1e-4, 1.0]},
        "optimizer.weight_decay": {"log_uniform": [1e-6, 1e-1]},
    },
    "strategy": {"name": "random", "seed": 0},
}


def main() -> None:
    """Alternates ours and Optuna's over the rounds, prints the table, writes the result file."""
    given = _parser().parse_args()
    logging.disable(logging.INFO)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        databases = {"sqlite": _sqlite(Path(folder))}
        if given.postgres:
            databases["postgres"] = _postgres(given.postgres)
        rows = [row for name, fresh in databases.items() for row in _compare(name, fresh, given)]
    result = {
        "machine": machine("sitter", "optuna", "sqlalchemy", "fastapi"),
        "unit": "ms a trial, wall time seen by the client; medians and minima over rounds",
        "rounds": given.rounds,
        "epochs": EPOCHS,
        "rows": rows,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _print(rows)


Fresh = Callable[[], Any]  # a context manager that yields the URL of an empty database


def _compare(database: str, fresh: Fresh, given: argparse.Namespace) -> list[dict[str, Any]]:
    times: dict[str, list[float]] = {}
    with fresh() as ours, fresh() as theirs:
        fleet = LocalFleet(
            "127.0.0.1",
            free_port("127.0.0.1", 0),
            database_url=ours,
            log_dir=Path(tempfile.mkdtemp()),
        )
        fleet.start()
        try:
            with Sitter(fleet.url) as client:
                bare = Bare(client)
                _sitter_round(client, bare, 16)  # warm up: connections, caches
                storage = optuna.storages.RDBStorage(theirs)
                for _ in range(given.rounds):
                    for batch in BATCHES:
                        key = f"sitter, batches of {batch}"
                        times.setdefault(key, []).append(_sitter_round(client, bare, batch))
                    key = f"sitter, {BATCHES[-1]}, by our client"
                    times.setdefault(key, []).append(_sitter_round(client, client, BATCHES[-1]))
                    times.setdefault("optuna rdb", []).append(_optuna_round(storage))
                storage.remove_session()
                storage.engine.dispose()
        finally:
            fleet.stop()
    optuna_ms = statistics.median(times["optuna rdb"])
    return [
        {
            "database": database,
            "who": who,
            "median_ms": round(statistics.median(values), 3),
            "minimum_ms": round(min(values), 3),
            "times_less_than_optuna": round(optuna_ms / statistics.median(values), 1),
        }
        for who, values in times.items()
    ]


class Bare:
    """The worker's side of the protocol over one plain connection."""

    def __init__(self, client: Sitter) -> None:
        address = urlsplit(client.url)
        assert address.hostname is not None
        self._http = http.client.HTTPConnection(address.hostname, address.port)

    def claim(self, worker: dict[str, Any], *, slots: int, study: int) -> Claim | None:
        """As `Sitter.claim`."""
        body = {"worker": worker, "slots": slots, "study": study}
        reply = self._post("/v1/claims", body)
        return Claim.model_validate_json(reply) if reply else None

    def report(self, lease: int, token: str, **news: Any) -> None:
        """As `Sitter.report`."""
        self._post(f"/v1/leases/{lease}/reports", news, token)

    def finish(self, lease: int, token: str, **news: Any) -> None:
        """As `Sitter.finish`."""
        self._post(f"/v1/leases/{lease}/finish", news, token)

    def _post(self, path: str, body: dict[str, Any], token: str = "") -> bytes:
        headers = {"Content-Type": "application/json", "Lease-Token": token}
        self._http.request("POST", path, json.dumps(body), headers)
        reply = self._http.getresponse()
        content = reply.read()
        assert reply.status < 300, content
        return content


def _sitter_round(client: Sitter, worker: Sitter | Bare, batch: int) -> float:
    """Milliseconds a trial."""
    trials = TRIALS[batch]
    study = client.submit({**STUDY, "trials": trials})
    about = {"name": "bench", "device": "none"}
    begun = time.perf_counter()
    done = 0
    while claim := worker.claim(about, slots=batch, study=study.id):
        held = [{"trial": a.trial, "attempt": a.attempt} for a in claim.assignments]
        for epoch in range(1, EPOCHS + 1):
            rows = [trial | _epoch(epoch) for trial in held]
            worker.report(claim.lease, claim.token, epochs=rows)
        ends = [trial | {"state": "complete"} for trial in held]
        worker.finish(claim.lease, claim.token, ends=ends)
        done += len(held)
    seconds = time.perf_counter() - begun
    counts = client.study(study.id).counts
    assert done == trials == counts["complete"], counts
    return 1000 * seconds / trials


def _epoch(epoch: int) -> dict[str, Any]:
    return {
        "epoch": epoch,
        "train_loss": 1.0 / epoch,
        "val_loss": 1.1 / epoch,
        "train_accuracy": 1 - 0.5 / epoch,
        "val_accuracy": 1 - 0.6 / epoch,
        "lr": 0.1,
        "seconds": 0.02,
        "signals": SIGNALS,
    }


def _optuna_round(storage: optuna.storages.RDBStorage) -> float:
    """Milliseconds a trial."""
    distributions = {
        "lr": optuna.distributions.FloatDistribution(1e-4, 1.0, log=True),
        "weight_decay": optuna.distributions.FloatDistribution(1e-6, 1e-1, log=True),
    }
    study = optuna.create_study(
        storage=storage,
        study_name=uuid.uuid4().hex,
        direction="maximize",
        sampler=optuna.samplers.RandomSampler(seed=0),
    )
    begun = time.perf_counter()
    for _ in range(OPTUNA_TRIALS):
        trial = study.ask(distributions)
        for epoch in range(1, EPOCHS + 1):
            trial.report(1 - 0.6 / epoch, epoch)
        study.tell(trial, 0.94)
    return 1000 * (time.perf_counter() - begun) / OPTUNA_TRIALS


def _sqlite(folder: Path) -> Fresh:
    @contextmanager
    def fresh() -> Iterator[str]:
        yield f"sqlite:///{folder / uuid.uuid4().hex}.db"

    return fresh


def _postgres(server: str) -> Fresh:
    @contextmanager
    def fresh() -> Iterator[str]:
        name = f"sitter_bench_{uuid.uuid4().hex[:12]}"
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield engine.url.set(database=name).render_as_string(hide_password=False)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            engine.dispose()

    return fresh


def _print(rows: list[dict[str, Any]]) -> None:
    print(
        f"{'database':<10} {'who':<24} {'median ms':>10} {'min ms':>8} {'× less than Optuna':>19}"
    )
    for row in rows:
        print(
            f"{row['database']:<10} {row['who']:<24} {row['median_ms']:>10.2f} "
            f"{row['minimum_ms']:>8.2f} {row['times_less_than_optuna']:>19.1f}"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.orchestration", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    default = os.environ.get(
        "SITTER_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
    )
    parser.add_argument("--postgres", default=default, help="a server; empty: SQLite only")
    return parser


if __name__ == "__main__":
    main()
