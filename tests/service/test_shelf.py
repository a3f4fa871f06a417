import uuid
from pathlib import Path

import pytest

from service.shelf import Shelf

CONTENTS = [b"", b"one", bytes(range(256)), b"last\n#"]


@pytest.fixture(params=["folder", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """On a disk, and on what answers as object stores do."""
    memory = f"memory://{uuid.uuid4().hex}"
    return Shelf(str(tmp_path / "kept") if request.param == "folder" else memory)


def test_a_file_is_read_as_it_was_written(shelf: Shelf) -> None:
    shelf.write("study-1/a", b"first")
    shelf.write("study-1/a", b"later")
    shelf.write("study-1/deeper/b", b"")
    assert shelf.read("study-1/a", 5) == b"later"
    assert shelf.read("study-1/deeper/b", 0) == b""


def test_each_file_of_a_pack_is_read_alone(shelf: Shelf) -> None:
    uris = list(shelf.pack("study-1", CONTENTS))
    others = list(shelf.pack("study-1", CONTENTS[::-1]))
    for uri, content in zip([*uris, *others], [*CONTENTS, *CONTENTS[::-1]], strict=True):
        assert shelf.read(uri, len(content)) == content


def test_a_pack_is_one_file(tmp_path: Path) -> None:
    list(Shelf(str(tmp_path)).pack("study-1", CONTENTS))
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_what_is_not_there(shelf: Shelf) -> None:
    for uri in ("study-1/a", "study-1/a.pack#3"):
        with pytest.raises(FileNotFoundError):
            shelf.read(uri, 1)


def test_a_folder_is_cleared_and_its_neighbour_is_not(shelf: Shelf) -> None:
    for study in (1, 11):
        shelf.write(f"study-{study}/trial-1/a", b"x")
    shelf.clear("study-1")
    shelf.clear("study-1")
    with pytest.raises(FileNotFoundError):
        shelf.read("study-1/trial-1/a", 1)
    assert shelf.read("study-11/trial-1/a", 1) == b"x"
