"""A name of a recipe never leads out of the data folder."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.trainer.files.written import settings
from trainer.errors import BadFile
from trainer.files.source import locate
from trainer.recipe import Recipe, problems

OUTSIDE = (
    "/etc/passwd", "..", "../x", "a/../../x", "a/..", "C:\\x", "C:x", "\\\\host\\share", "..\\x",
    "a\\b", "", "a\0b", "a\nb", "x" * 501,
)  # fmt: skip
FIELDS = [
    ("idx", "images"), ("idx", "labels"), ("cifar_binary", "files"), ("image_folder", "folder"),
    ("npz", "file"), ("csv", "file"), ("parquet", "file"), ("text_tsv", "file"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field"), FIELDS)
@pytest.mark.parametrize("file", OUTSIDE)
def test_names_outside_the_folder_are_refused(name: str, field: str, file: str) -> None:
    given = [file] if field == "files" else file
    with pytest.raises(ValidationError) as caught:
        settings(name, **{field: given})
    (problem,) = problems(caught.value, Recipe)
    assert problem.field.startswith(f"data.{field}")


@given(name=st.text(max_size=30))
def test_what_is_not_refused_lies_inside(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    try:
        settings("csv", file=name)
    except ValidationError:
        return
    inside = os.path.normpath(os.path.join("/data", name))
    assert inside == "/data" or inside.startswith("/data/")


def test_a_file_in_a_sub_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("12345")
    found = locate(tmp_path, "file", "a/x")
    assert (found.name, found.size, found.path) == ("a/x", 5, (tmp_path / "a" / "x").resolve())


def test_links_may_lead_about_the_folder_but_not_out(tmp_path: Path) -> None:
    data, outside = tmp_path / "data", tmp_path / "outside"
    for folder in (data, outside):
        folder.mkdir()
        (folder / "x").write_text("1")
    (data / "near").symlink_to("x")
    (data / "far").symlink_to("../outside/x")
    (data / "room").symlink_to(outside)
    assert locate(data, "file", "near").path == (data / "x").resolve()
    for name in ("far", "room/x"):
        with pytest.raises(BadFile, match=f"^{name}: is a link that leads out of the data folder"):
            locate(data, "file", name)


def test_a_data_folder_that_is_a_link_itself(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_text("1")
    (tmp_path / "data").symlink_to("real")
    assert locate(tmp_path / "data", "file", "x").size == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("none", "is not in the data folder"),
        ("x/below", "cannot be read: Not a directory"),
        ("round", ("is a link that leads to itself", "cannot be read: Too many")),
        ("empty", "is empty"),
        ("folder", "is no file"),
        ("pipe", "is no file"),  # opening one would wait for ever
        ("y" * 400, "cannot be read: File name too long"),
    ],
)
def test_what_is_no_file(tmp_path: Path, name: str, says: str | tuple[str, ...]) -> None:
    (tmp_path / "x").write_text("1")
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "round").symlink_to("round")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadFile) as caught:
        locate(tmp_path, "images", name)
    assert (caught.value.file, caught.value.field) == (name, "images")
    assert caught.value.reason.startswith(says)
    assert str(tmp_path) not in str(caught.value)
