"""Files are looked at on submit: a study that cannot read its data is not kept."""

from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings
from tests.service.desk import Desk

GOOD = "x,target\n1,a\n2,b\n3,a\n4,b\n"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return settings.model_copy(update={"data_dir": tmp_path / "data"})


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.data_dir


def refused(desk: Desk, **study: Any) -> list[dict[str, Any]]:
    """The problems of a study that is not kept."""
    reply = desk.http.post("/v1/studies", json={"name": "x", "trials": 2, **study})
    assert reply.status_code == 422, reply.text
    assert desk.get("/v1/studies")["items"] == []
    fields = reply.json()["fields"]
    assert isinstance(fields, list)
    return fields


def test_a_sound_file_is_taken(desk: Desk, folder: Path) -> None:
    (folder / "data.csv").write_text(GOOD)
    assert desk.submit(recipe={"data": {"name": "csv"}})["counts"]["waiting"] == 4


@pytest.mark.parametrize(
    ("data", "content", "field", "says"),
    [
        ({"name": "csv"}, None, "file", "data.csv: is not in the data folder"),
        ({"name": "csv"}, "", "file", "data.csv: is empty"),
        ({"name": "csv"}, "x,target\n1\n", "file", "data.csv: is no table, or is damaged"),
        ({"name": "csv"}, "x,target\n1,a\n?,b\n", "file", "data.csv: a value is missing in row 2"),
        ({"name": "csv", "target": "y"}, GOOD, "target", "data.csv: has no column 'y'"),
        ({"name": "npz", "file": "data.csv"}, GOOD, "file", "data.csv: is no npz file"),
    ],
    ids=["missing", "empty", "damaged", "a gap", "no such column", "another format"],
)
def test_a_file_that_will_not_do(
    desk: Desk, folder: Path, data: dict[str, Any], content: str | None, field: str, says: str
) -> None:
    if content is not None:
        (folder / "data.csv").write_text(content)
    (problem,) = refused(desk, recipe={"data": data})
    assert problem["field"] == f"recipe.data.{field}"
    assert problem["message"].startswith(says)


@pytest.mark.parametrize("file", ["/etc/passwd", "../secret", "a/../../secret"])
def test_a_name_that_leads_out_is_refused_unread(desk: Desk, file: str) -> None:
    (problem,) = refused(desk, recipe={"data": {"name": "csv", "file": file}})
    assert problem["field"] == "recipe.data.file"


def test_a_link_that_leads_out(desk: Desk, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(GOOD)
    (folder / "data.csv").symlink_to(tmp_path / "secret")
    (problem,) = refused(desk, recipe={"data": {"name": "csv"}})
    assert problem["message"] == "data.csv: is a link that leads out of the data folder"


def test_files_that_the_space_names(desk: Desk, folder: Path) -> None:
    (folder / "a.csv").write_text(GOOD)
    space = {"data.file": {"values": ["a.csv", "b.csv"]}}
    (problem,) = refused(desk, recipe={"data": {"name": "csv"}}, space=space)
    assert problem["message"].startswith("b.csv: is not in the data folder")
    (folder / "b.csv").write_text(GOOD)
    desk.submit(recipe={"data": {"name": "csv"}}, space=space)


def test_data_sets_that_the_space_names(desk: Desk, folder: Path) -> None:
    (folder / "data.csv").write_text(GOOD)
    space = {"data": {"values": [{"name": "digits"}, {"name": "csv"}, {"name": "npz"}]}}
    (problem,) = refused(desk, space=space)
    assert problem["message"].startswith("data.npz: is not in the data folder")


def test_the_folder_may_be_on_the_workers_machines_only(desk: Desk, folder: Path) -> None:
    folder.rmdir()
    assert desk.submit(recipe={"data": {"name": "csv"}})["state"] == "running"
