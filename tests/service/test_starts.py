"""A study that starts from trained weights is refused where there are none."""

from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings
from tests.service.desk import Desk

NAME = "best.safetensors"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a data folder that exists."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "old.safetensors").write_bytes(b"looked into by workers only")
    return settings.model_copy(update={"data_dir": tmp_path / "data"})


def submitted(desk: Desk, transfer: dict[str, Any], space: dict[str, Any] | None = None) -> Any:
    document = {"name": "fine", "recipe": {"transfer": transfer}, "space": space or {}, "trials": 1}
    return desk.http.post("/v1/studies", json=document)


def refused(desk: Desk, transfer: dict[str, Any], space: dict[str, Any] | None = None) -> Any:
    reply = submitted(desk, transfer, space)
    assert reply.status_code == 422, reply.text
    (field,) = reply.json()["fields"]
    return field


def kept(desk: Desk) -> int:
    """A trial with a checkpoint."""
    desk.submit(trials=1)
    claim = desk.claim()
    assert claim is not None
    trial = claim["assignments"][0]["trial"]
    reply = desk.http.put(
        f"/v1/leases/{claim['lease']}/trials/{trial}/artifacts/{NAME}",
        content=b"weights",
        headers={"Lease-Token": claim["token"]},
    )
    assert reply.is_success, reply.text
    desk.complete(claim)
    return int(trial)


def test_a_trial_that_is_not_there(desk: Desk) -> None:
    field = refused(desk, {"trial": 77})
    assert (field["field"], field["value"]) == ("recipe.transfer.trial", 77)
    assert "has no checkpoint to start from" in field["message"]
    assert desk.get("/v1/studies")["items"] == []


def test_a_trial_that_has_kept_nothing(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    assert claim is not None
    desk.complete(claim)
    trial = claim["assignments"][0]["trial"]
    assert refused(desk, {"trial": trial})["field"] == "recipe.transfer.trial"


def test_a_trial_with_a_checkpoint(desk: Desk) -> None:
    assert submitted(desk, {"trial": kept(desk)}).status_code == 201


def test_every_trial_of_a_space_is_looked_for(desk: Desk) -> None:
    trial = kept(desk)
    field = refused(desk, {"trial": trial}, {"transfer.trial": {"choice": [trial, "88"]}})
    assert (field["field"], field["value"]) == ("space.transfer.trial", 88)
    space = {"transfer.trial": {"choice": [str(trial)]}}
    assert submitted(desk, {"trial": 88}, space).status_code == 201


def test_a_file_is_looked_for_in_the_data_folder(desk: Desk) -> None:
    assert submitted(desk, {"file": "old.safetensors"}).status_code == 201
    field = refused(desk, {"file": "odl.safetensors"})
    assert (field["field"], field["value"]) == ("recipe.transfer.file", "odl.safetensors")
    assert "is not in the data folder" in field["message"]


def test_a_folder_that_only_workers_have(desk: Desk, settings: Settings) -> None:
    (settings.data_dir / "old.safetensors").unlink()
    settings.data_dir.rmdir()
    assert submitted(desk, {"file": "odl.safetensors"}).status_code == 201
