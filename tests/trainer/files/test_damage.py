"""Whatever happens to a file, reading it gives samples or one clear error."""

import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.files.written import set_name, settings, write_all
from trainer import files
from trainer.errors import BadFile

CASES = (
    "cifar_binary", "csv", "idx", "idx labels", "image_folder", "jpeg folder", "npz", "packed idx",
    "parquet", "text_tsv",
)  # fmt: skip
SHORTENED = {"idx", "idx labels", "packed idx", "npz", "parquet", "cifar_binary"}
MOMENTS = itertools.count(10**18)  # ns
Written = dict[str, tuple[Path, bytes, dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def written(folder: Path) -> Written:
    """Case → the file that is damaged, its sound bytes, the settings."""
    sound = write_all(folder)
    return {
        case: (folder / file, (folder / file).read_bytes(), given)
        for case, (file, given) in sound.items()
    }


def write(path: Path, content: bytes) -> None:
    """At a time of its own: two writes within one tick of the clock would be one version."""
    path.write_bytes(content)
    moment = next(MOMENTS)
    os.utime(path, ns=(moment, moment))


@pytest.fixture(autouse=True)
def _mended(written: Written) -> None:
    for path, sound, _ in written.values():
        write(path, sound)


def outcome(folder: Path, case: str, given: dict[str, Any]) -> str | None:
    """None for samples, else what the error says; the check must find no more than reading does."""
    data = settings(set_name(case), **given)
    found = files.check(data, folder)
    try:
        samples = files.load(data, folder)
    except BadFile as error:
        return str(error)
    assert len(samples.inputs) == len(samples.targets) > 0
    assert found == []
    return None


@pytest.mark.parametrize("case", CASES)
def test_sound_files_are_read(case: str, folder: Path, written: Written) -> None:
    assert outcome(folder, case, written[case][2]) is None


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
def test_a_file_cut_off(case: str, folder: Path, written: Written, data: st.DataObject) -> None:
    path, sound, given = written[case]
    kept = data.draw(st.integers(0, len(sound) - 1))
    write(path, sound[:kept])
    said = outcome(folder, case, given)
    name = str(path.relative_to(folder))
    if kept == 0:
        assert said == f"{name}: is empty"
    elif case in SHORTENED and kept % 3073:  # whole records of CIFAR are a shorter data set
        assert said is not None
        assert said.startswith((name, "labels: has"))


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
def test_bytes_changed(case: str, folder: Path, written: Written, data: st.DataObject) -> None:
    path, sound, given = written[case]
    changed = bytearray(sound)
    places = st.lists(st.integers(0, len(sound) - 1), min_size=1, max_size=4)
    for place in data.draw(places):
        changed[place] = data.draw(st.integers(0, 255))
    write(path, changed)
    assert str(folder) not in (outcome(folder, case, given) or "")  # whoever submits is told


@pytest.mark.parametrize("case", CASES)
@given(content=st.binary(min_size=1, max_size=300))
def test_any_bytes(case: str, folder: Path, written: Written, content: bytes) -> None:
    path, _, given = written[case]
    write(path, content)
    assert str(folder) not in (outcome(folder, case, given) or "")


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_is_not_there(case: str, folder: Path, written: Written) -> None:
    path, _, given = written[case]
    path.unlink()
    said = outcome(folder, case, given)
    assert said is not None
    if set_name(case) == "image_folder":
        assert said == f"pets: has no images in its sub-folder '{path.parent.name}'"
    else:
        assert said.startswith(f"{path.name}: is not in the data folder (SITTER_DATA_DIR")
