from pathlib import Path

import pytest

import diagnostics.checks
from diagnostics.check import CHECKS
from diagnostics.parts import Folder, UnknownPart, class_name, did_you_mean, nearest

BROKEN = "raise ImportError('listing names must not import the parts')"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A package with three parts, one of which cannot be imported, and an installed one."""
    package = tmp_path / "zoo"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "red_panda.py").write_text("class RedPanda:\n    legs = 4\n")
    (package / "snake.py").write_text(BROKEN)
    (package / "_cage.py").write_text(BROKEN)
    (tmp_path / "visitors.py").write_text("class Guest:\n    legs = 2\n")
    info = tmp_path / "visitors-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: visitors\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[test.zoo]\nguest = visitors:Guest\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return Folder("zoo", kind="animal", group="test.zoo")


def test_names_are_file_stems_and_entry_points(folder: Folder) -> None:
    assert folder.names() == ("guest", "red_panda", "snake")


def test_parts_are_loaded_by_name(folder: Folder) -> None:
    assert folder.load("red_panda").legs == 4
    assert folder.load("guest").legs == 2
    with pytest.raises(ImportError, match="must not import"):
        folder.load("snake")


def test_an_unknown_name_answers_with_the_nearest(folder: Folder) -> None:
    with pytest.raises(UnknownPart, match="no animal is called 'red_pand'") as unknown:
        folder.load("red_pand")
    assert unknown.value.nearest == ["red_panda"]
    assert unknown.value.known == ("guest", "red_panda", "snake")
    with pytest.raises(UnknownPart, match="known: guest, red_panda, snake"):
        folder.load("xyz")


def test_the_checks_are_those_of_the_folder() -> None:
    ours = Folder("diagnostics.checks", kind="check")
    files = Path(diagnostics.checks.__path__[0]).glob("[!_]*.py")
    assert ours.names() == tuple(sorted(file.stem for file in files))
    assert set(ours.names()) <= set(CHECKS.names())


def test_words_of_a_name() -> None:
    assert class_name("update_ratio") == "UpdateRatio"
    assert nearest("plato", ["plateau", "cosine"]) == ["plateau"]
    assert did_you_mean("zzz", ["b", "a"]) == "known: a, b"
