"""Sitter with a study of many trials: rows written straight into its tables, then served."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bench.dashboard import serving
from bench.dashboard.trials import Made, made
from diagnostics.check import CHECKS
from service import schema
from service.db import Database
from service.store import studies
from service.study import StudyDocument
from service.tables import (
    Attempt,
    DiagnosisRow,
    Epoch,
    Lease,
    Study,
    Table,
    Trial,
    VerdictRow,
    Worker,
    now,
)

BATCH = 1000  # trials in one round of inserts
SECONDS = 0.5  # of a trial, in the timeline
WORKERS = 4
SPACE = {
    "optimizer.lr": {"log_uniform": [1e-4, 1.0]},
    "optimizer.weight_decay": {"log_uniform": [1e-6, 1e-1]},
}
Row = dict[str, Any]


def fill(url: str, trials: int, epochs: int) -> int:
    """A database with one study of so many trials; the study's id."""
    database = Database(url)
    schema.upgrade(database.engine)
    document = StudyDocument.parse(
        {"name": f"{trials} trials", "recipe": {"epochs": epochs}, "space": SPACE, "trials": trials}
    )
    with database.writing() as session:
        study = studies.create(session, document)
        study.next_ordinal = study.next_number = trials
        leases = list(_leases(session, study))
        batch: list[Made] = []
        for trial in made(trials, epochs):
            batch.append(trial)
            if len(batch) == BATCH:
                _write(session, study, leases, batch)
                batch = []
        _write(session, study, leases, batch)
    database.close()
    return study.id


def served(url: str, log: Path) -> AbstractContextManager[str]:
    """The service on that database, as `sitter serve` starts it; its address."""
    settings = {"SITTER_DATABASE_URL": url, "SITTER_ARTIFACTS_URL": str(log.parent)}
    return serving.served(("-m", "service", "serve"), "/readyz", log, settings)


def one_more(address: str, study: int) -> None:
    """A new point is trained for an epoch and completes, as by a worker."""
    with httpx.Client(base_url=address, timeout=60) as http:
        point = {"optimizer.lr": 0.03, "optimizer.weight_decay": 1e-3}
        http.post(f"/v1/studies/{study}/trials", json={"points": [point]}).raise_for_status()
        wanted = {"worker": {"name": "bench"}, "slots": 1, "study": study}
        claim = http.post("/v1/claims", json=wanted).raise_for_status().json()
        [given] = claim["assignments"]
        about = {"trial": given["trial"], "attempt": given["attempt"]}
        told = {"epoch": 1, "train_loss": 0.2, "val_loss": 0.3, "val_accuracy": 0.98, "lr": 0.03}
        lease, headers = f"/v1/leases/{claim['lease']}", {"Lease-Token": claim["token"]}
        http.post(f"{lease}/reports", json={"epochs": [about | told]}, headers=headers)
        ends = [about | {"state": "complete"}]
        reply = http.post(f"{lease}/finish", json={"ends": ends}, headers=headers)
        reply.raise_for_status()


def _leases(session: Session, study: Study) -> Iterator[Lease]:
    for number in range(WORKERS):
        worker = Worker(name=f"gpu-{number}", device="cuda", slots=64, version="bench")
        session.add(worker)
        session.flush()
        lease = Lease(
            study_id=study.id,
            worker_id=worker.id,
            token_hash="-",
            slots=64,
            state="ended",
            expires_at=now(),
        )
        session.add(lease)
        session.flush()
        yield lease


def _write(session: Session, study: Study, leases: Sequence[Lease], batch: Sequence[Made]) -> None:
    if not batch:
        return
    first = batch[0].number + 1  # ids are numbers, from 1
    started = study.created_at
    rows: dict[type[Table], list[Row]] = {Trial: [], Attempt: [], Epoch: [], VerdictRow: []}
    rows[DiagnosisRow] = []
    for trial_id, trial in enumerate(batch, start=first):
        begun = started + timedelta(seconds=SECONDS * trial.number / len(leases))
        lease = leases[trial.number % len(leases)]
        rows[Trial].append(_trial(study, trial_id, trial, begun))
        rows[Attempt].append(_attempt(study, trial_id, lease, begun))
        rows[Epoch].extend(_epochs(study, trial_id, trial))
        rows[VerdictRow].extend(_verdicts(study, trial_id, trial))
        if trial.diverged:
            rows[DiagnosisRow].append(_diagnosis(study, trial_id))
    for table, values in rows.items():
        if values:
            session.execute(insert(table), values)


def _trial(study: Study, trial_id: int, trial: Made, begun: datetime) -> Row:
    best = max(range(len(trial.accuracy)), key=trial.accuracy.__getitem__)
    return {
        "id": trial_id,
        "study_id": study.id,
        "number": trial.number,
        "ordinal": trial.number,
        "state": "infeasible" if trial.diverged else "complete",
        "params": {"optimizer.lr": trial.lr, "optimizer.weight_decay": trial.weight_decay},
        "stack_key": "0" * 16,
        "epochs": len(trial.accuracy),
        "epochs_done": len(trial.accuracy),
        "value": None if trial.diverged else trial.accuracy[best],
        "best_epoch": best + 1,
        "attempts": 1,
        "started_at": begun,
        "ended_at": begun + timedelta(seconds=SECONDS),
    }


def _attempt(study: Study, trial_id: int, lease: Lease, begun: datetime) -> Row:
    return {
        "study_id": study.id,
        "trial_id": trial_id,
        "number": 1,
        "lease_id": lease.id,
        "worker_id": lease.worker_id,
        "state": "ended",
        "started_at": begun,
        "ended_at": begun + timedelta(seconds=SECONDS),
    }


def _epochs(study: Study, trial_id: int, trial: Made) -> Iterable[Row]:
    best = 0.0
    for epoch, (accuracy, loss) in enumerate(zip(trial.accuracy, trial.loss, strict=True), 1):
        best = max(best, accuracy)
        yield {
            "trial_id": trial_id,
            "attempt": 1,
            "epoch": epoch,
            "study_id": study.id,
            "train_loss": 0.9 * loss,
            "val_loss": loss,
            "val_accuracy": accuracy,
            "lr": trial.lr,
            "value": accuracy,
            "best_value": best,
            "signals": {"update_ratio": {"fc1": 1e-3, "output": 2e-3}},
        }


def _verdicts(study: Study, trial_id: int, trial: Made) -> Iterable[Row]:
    """One of every check: all pass, but for a trial that diverges and some that learn slowly."""
    slow = trial.accuracy[-1] < 0.5
    for check in CHECKS.names():
        severity = "pass"
        if trial.diverged and check in ("non_finite", "lr_too_high"):
            severity = "fatal"
        elif slow and check == "lr_too_low":
            severity = "warning"
        yield {
            "study_id": study.id,
            "trial_id": trial_id,
            "attempt": 1,
            "check_name": check,
            "severity": severity,
            "summary": f"{check} says {severity} of this made-up trial.",
            "evidence": {"lr": trial.lr},
            "causes": {},
        }


def _diagnosis(study: Study, trial_id: int) -> Row:
    return {
        "study_id": study.id,
        "trial_id": trial_id,
        "rank": 1,
        "cause": "lr_too_high",
        "confidence": 0.9,
        "checks": ["lr_too_high"],
    }
