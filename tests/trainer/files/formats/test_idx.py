"""The format of MNIST, written byte by byte."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.files.written import LABELS, PIXELS, header, idx, read, settings
from trainer import files
from trainer.errors import BadFile

NAMES = {"images": "images", "labels": "labels"}


@pytest.fixture(params=["plain", "gzip"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return written(tmp_path, idx(PIXELS), idx(LABELS), packed=request.param == "gzip")


def written(folder: Path, images: bytes, labels: bytes, packed: bool = False) -> Path:
    for name, content in (("images", images), ("labels", labels)):
        (folder / name).write_bytes(gzip.compress(content) if packed else content)
    return folder


def test_pixels_and_labels(folder: Path) -> None:
    samples = read(folder, "idx", **NAMES)
    assert np.array_equal(samples.inputs, PIXELS[:, np.newaxis])
    assert samples.inputs.dtype == np.uint8
    assert samples.targets.tolist() == LABELS.tolist()
    assert (samples.targets.dtype, samples.outputs) == (np.int64, 10)


def test_limit(folder: Path) -> None:
    samples = read(folder, "idx", **NAMES, limit=5)
    assert np.array_equal(samples.inputs, PIXELS[:5, np.newaxis])
    assert samples.targets.tolist() == LABELS[:5].tolist()
    assert len(read(folder, "idx", **NAMES, limit=99).targets) == 12


HUGE = header(2**32 - 1, 2**16, 2**16)
BAD = {
    "unequal counts": (idx(PIXELS), idx(LABELS[:7]), "labels: has 7 labels for the 12 images"),
    "a label that is no class": (
        idx(PIXELS), idx(np.where(LABELS == 2, 200, LABELS).astype(np.uint8)),
        "labels: is mislabelled: the label at index 2 is 200, and with 10 classes they run from 0",
    ),
    "labels in place of images": (idx(LABELS), idx(LABELS), "images: has 1 dimensions"),
    "images in place of labels": (idx(PIXELS), idx(PIXELS), "labels: has 3 dimensions"),
    "floats": (idx(PIXELS, kind=13), idx(LABELS), "images: holds numbers of type 0x0d"),
    "no images": (header(0, 5, 4), header(0), r"images: holds nothing: its sizes are \[0, 5, 4\]"),
    "another format": (b"\x89PNG....", idx(LABELS), "images: is no IDX file"),
    "only a header": (header(12, 5, 4), idx(LABELS), "images: is cut off"),
    "half a header": (header(12, 5, 4)[:7], idx(LABELS), "images: is cut off"),
    "too long": (idx(PIXELS) + b"x", idx(LABELS), "images: is longer than its header says"),
    "labels too long": (idx(PIXELS), idx(LABELS) + b"x", "labels: is longer than its header says"),
    "a header that lies": (HUGE, header(2**32 - 1), "has 4,294,967,295 samples, more than"),
    "large images": (
        header(12, 2**16, 2**16), idx(LABELS), "images: has 51,539,607,552 numbers, more than",
    ),
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("case", BAD)
def test_what_is_refused_is_refused_on_submit(case: str, packed: bool, tmp_path: Path) -> None:
    images, labels, says = BAD[case]
    folder = written(tmp_path, images, labels, packed)
    with pytest.raises(BadFile, match=says):
        read(folder, "idx", **NAMES)
    (problem,) = files.check(settings("idx", **NAMES), folder)
    assert problem.field in ("recipe.data.images", "recipe.data.labels")


def test_what_is_packed_is_unpacked_no_further_than_its_header_says(tmp_path: Path) -> None:
    bomb = gzip.compress(idx(PIXELS) + bytes(50_000_000))
    assert len(bomb) < 60_000
    (tmp_path / "images").write_bytes(bomb)
    (tmp_path / "labels").write_bytes(idx(LABELS))
    with pytest.raises(BadFile, match="longer than its header says"):
        read(tmp_path, "idx", **NAMES)


def test_a_wrong_checksum(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(idx(PIXELS)))
    packed[-8] ^= 1  # the first byte of the CRC (RFC 1952, section 2.3.1)
    (tmp_path / "images").write_bytes(packed)
    (tmp_path / "labels").write_bytes(idx(LABELS))
    with pytest.raises(BadFile, match="images: is no whole gzip file, or is damaged: CRC"):
        read(tmp_path, "idx", **NAMES)
