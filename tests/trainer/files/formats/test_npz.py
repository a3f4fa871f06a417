"""NumPy's archives, written by NumPy."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib import format as npy

from tests.trainer.files.written import COLOURS, LABELS, PIXELS, RANDOM, npz, read, settings
from trainer import files
from trainer.errors import BadFile

ROWS = RANDOM.normal(size=(12, 5))
MASKS = RANDOM.integers(0, 3, (12, 32, 32))


def saved(folder: Path, **arrays: Any) -> Path:
    (folder / "data.npz").write_bytes(npz(**arrays))
    return folder


def test_rows(tmp_path: Path) -> None:
    samples = read(saved(tmp_path, inputs=ROWS, targets=LABELS), "npz")
    assert np.array_equal(samples.inputs, ROWS.astype(np.float32))
    assert samples.inputs.dtype == np.float32
    assert samples.targets.tolist() == LABELS.tolist()
    assert samples.outputs == 3


def test_grey_images_get_a_channel(tmp_path: Path) -> None:
    samples = read(saved(tmp_path, x=PIXELS, y=LABELS), "npz", inputs="x", targets="y")
    assert np.array_equal(samples.inputs, PIXELS[:, np.newaxis])
    assert samples.inputs.dtype == np.uint8


def test_channels_last(tmp_path: Path) -> None:
    saved(tmp_path, inputs=COLOURS.transpose(0, 2, 3, 1), targets=LABELS)
    samples = read(tmp_path, "npz", channels_last=True)
    assert np.array_equal(samples.inputs, COLOURS)


def test_fortran_order(tmp_path: Path) -> None:
    saved(tmp_path, inputs=np.asfortranarray(ROWS), targets=LABELS)
    assert np.array_equal(read(tmp_path, "npz").inputs, ROWS.astype(np.float32))


def test_segmentation(tmp_path: Path) -> None:
    samples = read(saved(tmp_path, inputs=COLOURS, targets=MASKS), "npz", task="segmentation")
    assert np.array_equal(samples.targets, MASKS)
    assert (samples.outputs, samples.task) == (3, "segmentation")


@pytest.mark.parametrize("shape", [(12,), (12, 1), (12, 4)])
def test_regression(tmp_path: Path, shape: tuple[int, ...]) -> None:
    numbers = RANDOM.normal(size=shape)
    samples = read(saved(tmp_path, inputs=ROWS, targets=numbers), "npz", task="regression")
    assert np.array_equal(samples.targets, numbers.reshape(12, -1).astype(np.float32))
    assert (samples.outputs, samples.task) == (samples.targets.shape[1], "regression")


def test_limit_and_classes(tmp_path: Path) -> None:
    samples = read(saved(tmp_path, inputs=ROWS, targets=LABELS), "npz", limit=2, classes=7)
    assert (len(samples.inputs), len(samples.targets), samples.outputs) == (2, 2, 7)


BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "no such array": (
        {"input": ROWS, "targets": LABELS}, {}, "inputs", "has no array 'inputs'; did you mean",
    ),
    "unequal counts": (
        {"inputs": ROWS[:5], "targets": LABELS}, {}, "file", "has 5 inputs and 12 targets",
    ),
    "objects, which are pickled": (
        {"inputs": np.array([{}] * 12, object).reshape(12, 1), "targets": LABELS}, {}, "inputs",
        r"`inputs` is object \[12, 1\]; numbers are needed",
    ),
    "text": (
        {"inputs": ROWS.astype(str), "targets": LABELS}, {}, "inputs", "numbers are needed",
    ),
    "labels that are no whole numbers": (
        {"inputs": ROWS, "targets": LABELS / 2}, {}, "targets",
        r"`targets` is float64 \[12\]; whole numbers are needed",
    ),
    "five dimensions": (
        {"inputs": np.zeros((12, 1, 1, 1, 1)), "targets": LABELS}, {}, "inputs",
        "classification takes 2 or 3 or 4 dimensions",
    ),
    "masks as labels": (
        {"inputs": COLOURS, "targets": MASKS}, {}, "targets", "classification takes 1 dimensions",
    ),
    "nothing": ({"inputs": ROWS[:0], "targets": LABELS[:0]}, {}, "inputs", "it is empty"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_refused_on_submit(case: str, tmp_path: Path) -> None:
    arrays, given, field, says = BAD[case]
    if case.startswith("objects"):
        (tmp_path / "data.npz").write_bytes(pickled(**arrays))
    else:
        saved(tmp_path, **arrays)
    with pytest.raises(BadFile, match=f"data.npz: .*{says}"):
        read(tmp_path, "npz", **given)
    (problem,) = files.check(settings("npz", **given), tmp_path)
    assert problem.field == f"recipe.data.{field}"


DEEP: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "not a number": (
        {"inputs": np.where(ROWS[3, 1] == ROWS, np.nan, ROWS), "targets": LABELS}, {},
        r"`inputs` holds nan at index \(3, 1\)",
    ),
    "beyond float32": (
        {"inputs": ROWS * 1e300, "targets": LABELS}, {}, r"finite float32 is needed",
    ),
    "negative labels": (
        {"inputs": ROWS, "targets": LABELS.astype(int) - 1}, {}, "the label at index 0 is -1",
    ),
    "labels above the classes": (
        {"inputs": ROWS, "targets": LABELS}, {"classes": 2}, "the label at index 2 is 2",
    ),
    "a label far above": (
        {"inputs": ROWS, "targets": LABELS.astype(int) * 10**9}, {}, "at index 1 is 1000000000",
    ),
    "masks of another size": (
        {"inputs": COLOURS[:, :, :16], "targets": MASKS}, {"task": "segmentation"},
        r"masks of \(32, 32\) pixels for images of \(16, 32\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DEEP)
def test_what_only_a_trial_finds(case: str, tmp_path: Path) -> None:
    arrays, given, says = DEEP[case]
    with pytest.raises(BadFile, match=f"data.npz: .*{says}"):
        read(saved(tmp_path, **arrays), "npz", **given)


def test_a_header_that_lies_takes_no_memory(tmp_path: Path) -> None:
    stream = io.BytesIO()
    shape = (2**40, 2**10)
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(stream, header)
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("inputs.npy", stream.getvalue())
        archive.writestr("targets.npy", stream.getvalue())
    with pytest.raises(BadFile, match=r"has 1,099,511,627,776 samples|dimensions"):
        read(tmp_path, "npz", task="regression")


def pickled(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()
