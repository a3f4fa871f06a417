"""A study's trials as files that other programs read."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from pyarrow import parquet

from tests.service.dashboard.filling import PLANE, at, healthy, study_of_each
from tests.service.desk import Desk


def exported(desk: Desk, study: int, format: str) -> Any:
    reply = desk.http.get(f"/v1/studies/{study}/export", params={"format": format})
    assert reply.status_code == 200, reply.text
    assert "attachment" in reply.headers["content-disposition"]
    return reply


def test_csv_has_every_trial_with_its_point(desk: Desk) -> None:
    study, _ = study_of_each(desk)
    rows = list(csv.DictReader(io.StringIO(exported(desk, study, "csv").text)))
    assert [row["state"] for row in rows] == [
        "complete",
        "complete",
        "infeasible",
        "failed",
        "running",
    ]
    assert float(rows[0]["value"]) == 0.974
    assert rows[0]["best_epoch"] == "5"
    assert float(rows[0]["params.optimizer.lr"]) == 0.031
    assert rows[3]["value"] == ""


def test_json_has_the_same_trials(desk: Desk) -> None:
    study, _ = study_of_each(desk)
    rows = exported(desk, study, "json").json()
    assert [row["number"] for row in rows] == [0, 1, 2, 3, 4]
    assert rows[0]["params"] == {"optimizer.lr": 0.031, "optimizer.weight_decay": 2.1e-4}
    empty = desk.submit(trials=4)["id"]
    assert json.loads(exported(desk, empty, "json").content) == []


def test_parquet_has_typed_columns(desk: Desk) -> None:
    space = {"optimizer.lr": {"log_uniform": [1e-4, 1.0]}, "model.hidden": {"values": [[8], [16]]}}
    study = desk.submit(space=space, trials=2, strategy="random")["id"]
    claim = desk.claim(slots=2)
    assert claim is not None
    desk.complete(claim, value=0.9)
    table = parquet.read_table(io.BytesIO(exported(desk, study, "parquet").content))
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["number"] == "int64"
    assert kinds["value"] == "double"
    assert kinds["params.optimizer.lr"] == "double"
    assert kinds["params.model.hidden"] == "string"
    assert kinds["ended_at"] == "timestamp[us, tz=UTC]"
    assert set(table["params.model.hidden"].to_pylist()) <= {"[8]", "[16]"}


def test_optuna_opens_the_journal(desk: Desk, tmp_path: Path) -> None:
    study, _ = study_of_each(desk, name="digits")
    desk.http.post(f"/v1/studies/{study}/trials", json={"points": [{"optimizer.lr": 1000.0}]})
    file = tmp_path / "study.journal"
    file.write_bytes(exported(desk, study, "optuna").content)
    loaded = optuna.load_study(
        study_name="digits", storage=JournalStorage(JournalFileBackend(str(file)))
    )
    assert loaded.best_value == 0.974
    assert loaded.best_params == {"optimizer.lr": 0.031, "optimizer.weight_decay": 2.1e-4}
    assert loaded.direction.name == "MAXIMIZE"
    states = [trial.state.name for trial in loaded.trials]
    assert states == ["COMPLETE", "COMPLETE", "FAIL", "FAIL", "RUNNING", "WAITING"]
    assert loaded.trials[5].user_attrs["optimizer.lr"] == 1000.0


def test_a_repair_outside_the_space_has_its_column(desk: Desk) -> None:
    claim = at(desk, 0.1)
    trial = healthy(desk, claim)
    reply = desk.http.post(
        f"/v1/trials/{trial}/repair", json={"patch": {"optimizer.momentum": 0.5}}
    )
    assert reply.status_code == 201, reply.text
    first, second = exported(desk, claim["study"], "json").json()
    assert set(first["params"]) == {*PLANE, "optimizer.momentum"}
    assert second["params"]["optimizer.momentum"] == 0.5
    assert second["repair_of"] == trial


def test_an_unknown_format_is_refused(desk: Desk) -> None:
    study = desk.submit()["id"]
    reply = desk.http.get(f"/v1/studies/{study}/export", params={"format": "xlsx"})
    assert reply.status_code == 422
    assert "csv" in reply.json()["detail"]


@pytest.mark.parametrize("format", ["csv", "json", "parquet", "optuna"])
def test_an_unknown_study_is_not_found(desk: Desk, format: str) -> None:
    reply = desk.http.get("/v1/studies/99/export", params={"format": format})
    assert reply.status_code == 404
