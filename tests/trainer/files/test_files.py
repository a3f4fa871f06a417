"""Check and load: what is known on submit, and what is read once."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.files.written import LABELS, PIXELS, idx, read, settings, write_all
from trainer import files
from trainer.menu import KINDS

SHOWN = """
import sys
from trainer import files
for name in files.FORMATS.names():
    files.FORMATS.load(name)
print("torch" in sys.modules)
"""


def test_the_service_can_read_files_without_torch() -> None:
    command = [sys.executable, "-c", SHOWN]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_every_format_is_a_data_set() -> None:
    assert set(files.FORMATS.names()) < set(KINDS["data"].names())


def test_the_problem_names_field_file_and_reason(tmp_path: Path) -> None:
    write_all(tmp_path)
    (problem,) = files.check(settings("idx", images="images", labels="none"), tmp_path)
    assert (problem.field, problem.value) == ("recipe.data.labels", "none")
    assert problem.message.startswith("none: is not in the data folder")
    (problem,) = files.check(settings("csv", target="taget"), tmp_path)
    assert (problem.field, problem.value) == ("recipe.data.target", "taget")
    assert problem.message == "data.csv: has no column 'taget'; did you mean 'target'?"


def test_nothing_is_said_of_a_folder_that_is_elsewhere(tmp_path: Path) -> None:
    assert files.check(settings("csv"), tmp_path / "none") == []
    assert len(files.check(settings("csv"), tmp_path)) == 1


def test_nothing_is_said_of_sets_without_files(tmp_path: Path) -> None:
    assert files.check(settings("digits"), tmp_path) == []


def test_files_are_parsed_once_per_version(tmp_path: Path) -> None:
    write_all(tmp_path)
    given = {"images": "images", "labels": "labels"}
    first = read(tmp_path, "idx", **given)
    assert read(tmp_path, "idx", **given) is first
    assert read(tmp_path, "idx", **given, limit=4) is not first

    before = (tmp_path / "images").stat()
    (tmp_path / "images").write_bytes(idx(255 - PIXELS))
    os.utime(tmp_path / "images", ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    second = read(tmp_path, "idx", **given)
    assert np.array_equal(second.inputs, 255 - first.inputs)


def test_a_damaged_file_is_read_again_when_it_is_mended(tmp_path: Path) -> None:
    write_all(tmp_path)
    given = {"images": "images", "labels": "labels"}
    (tmp_path / "labels").write_bytes(idx(LABELS[:5]))
    with pytest.raises(files.BadFile, match="5 labels for the 12 images"):
        read(tmp_path, "idx", **given)
    (tmp_path / "labels").write_bytes(idx(LABELS))
    assert len(read(tmp_path, "idx", **given).targets) == 12


def test_what_is_kept_cannot_be_written_to(tmp_path: Path) -> None:
    write_all(tmp_path)
    samples = read(tmp_path, "csv")
    for array in (samples.inputs, samples.targets):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
