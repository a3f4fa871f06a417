"""The API as a person and as a worker use it, for tests."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.db import Database

HOME = "http://localhost"  # a service that asks for no token answers to no stranger's name
SHORT_LEASE = pytest.mark.parametrize("lease_seconds", [0.3])
SPACE = {"optimizer.lr": {"log_uniform": [1e-4, 1.0]}}


@dataclass
class Desk:
    """The API as a person and as a worker use it."""

    http: TestClient

    @property
    def database(self) -> Database:
        """The one behind the API."""
        app = self.http.app
        assert isinstance(app, FastAPI)
        database: Database = app.state.database
        return database

    def submit(self, **study: Any) -> dict[str, Any]:
        document = {"name": "test", "space": SPACE, "trials": 4, **study}
        reply = self.http.post("/v1/studies", json=document)
        assert reply.status_code == 201, reply.text
        return reply.json()

    def study(self, study: int) -> dict[str, Any]:
        return self.get(f"/v1/studies/{study}")

    def get(self, path: str, **query: Any) -> Any:
        reply = self.http.get(path, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def claim(self, slots: int = 1, worker: str = "w", **wanted: Any) -> dict[str, Any] | None:
        body = {"worker": {"name": worker}, "slots": slots, **wanted}
        reply = self.http.post("/v1/claims", json=body)
        assert reply.status_code in (200, 204), reply.text
        return reply.json() if reply.status_code == 200 else None

    def send(self, claim: dict[str, Any], verb: str = "reports", **news: Any) -> Any:
        return self.http.post(
            f"/v1/leases/{claim['lease']}/{verb}",
            json=news,
            headers={"Lease-Token": claim["token"]},
        )

    def report(self, claim: dict[str, Any], **news: Any) -> dict[str, Any]:
        reply = self.send(claim, "reports", **news)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def finish(self, claim: dict[str, Any], **news: Any) -> dict[str, Any]:
        reply = self.send(claim, "finish", **news)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def await_(self, seen: Callable[[], bool], seconds: float = 10.0) -> None:
        """Until something that another thread does is seen."""
        deadline = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < deadline, "it did not come"
            time.sleep(0.02)

    def complete(self, claim: dict[str, Any], value: float = 0.9, epochs: int = 2) -> None:
        rows = [epoch(a, n, val_accuracy=value) for a in held(claim) for n in range(1, epochs + 1)]
        self.finish(claim, epochs=rows, ends=[a | {"state": "complete"} for a in held(claim)])


def held(claim: dict[str, Any]) -> list[dict[str, Any]]:
    """(trial, attempt) of each assignment, as reports name them."""
    return [{"trial": a["trial"], "attempt": a["attempt"]} for a in claim["assignments"]]


def epoch(about: dict[str, Any], number: int, **metrics: Any) -> dict[str, Any]:
    return about | {"epoch": number, "train_loss": 1.0, "val_loss": 1.0, "lr": 0.1} | metrics


def verdict(about: dict[str, Any], check: str = "diverging", **fields: Any) -> dict[str, Any]:
    said = {"check": check, "severity": "warning", "summary": "lr 10 is too high", "evidence": {}}
    return about | said | fields
