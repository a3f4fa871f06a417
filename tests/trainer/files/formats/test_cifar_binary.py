"""CIFAR's records, written byte by byte."""

from pathlib import Path

import numpy as np
import pytest

from tests.trainer.files.written import COLOURS, LABELS, cifar, read, settings
from trainer import files
from trainer.errors import BadFile

BOTH = np.stack([LABELS, 99 - LABELS], axis=1)  # coarse, fine


def test_ten_classes_over_several_files(tmp_path: Path) -> None:
    (tmp_path / "1.bin").write_bytes(cifar(LABELS))
    (tmp_path / "2.bin").write_bytes(cifar(LABELS[::-1], COLOURS[::-1]))
    samples = read(tmp_path, "cifar_binary", files=["1.bin", "2.bin"])
    assert np.array_equal(samples.inputs, np.concatenate([COLOURS, COLOURS[::-1]]))
    assert samples.targets.tolist() == [*LABELS.tolist(), *LABELS[::-1].tolist()]
    assert (samples.outputs, samples.labels[3]) == (10, "cat")


@pytest.mark.parametrize(("labels", "column", "classes"), [("coarse", 0, 20), ("fine", 1, 100)])
def test_a_hundred_classes(tmp_path: Path, labels: str, column: int, classes: int) -> None:
    (tmp_path / "train.bin").write_bytes(cifar(BOTH))
    samples = read(tmp_path, "cifar_binary", files=["train.bin"], labels=labels)
    assert samples.targets.tolist() == BOTH[:, column].tolist()
    assert np.array_equal(samples.inputs, COLOURS)
    assert samples.outputs == classes


@pytest.mark.parametrize("limit", [1, 12, 13, 24, 99])
def test_limit_runs_over_the_files(tmp_path: Path, limit: int) -> None:
    for name in ("1.bin", "2.bin"):
        (tmp_path / name).write_bytes(cifar(LABELS))
    samples = read(tmp_path, "cifar_binary", files=["1.bin", "2.bin"], limit=limit)
    twice = np.concatenate([COLOURS, COLOURS])
    assert np.array_equal(samples.inputs, twice[:limit])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (cifar(LABELS)[:-1], "is cut off or of another format: 36,875 bytes"),
        (cifar(LABELS + 8), "is mislabelled: the label at index 2 is 10, and with 10 classes"),
        (cifar(BOTH), "is cut off or of another format"),
    ],
    ids=["cut off", "mislabelled", "a hundred classes read as ten"],
)
def test_what_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    labels = LABELS.copy()
    (tmp_path / "1.bin").write_bytes(cifar(labels))
    (tmp_path / "2.bin").write_bytes(content)
    given = {"files": ["1.bin", "2.bin"]}
    with pytest.raises(BadFile, match=f"2.bin: {says}"):
        read(tmp_path, "cifar_binary", **given)
    (problem,) = files.check(settings("cifar_binary", **given), tmp_path)
    assert problem.field == "recipe.data.files"
