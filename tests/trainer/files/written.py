"""Small files of every format, written by other means than those that read them."""

import gzip
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image
from pyarrow import parquet

from trainer import files
from trainer.files import Samples
from trainer.recipe import Recipe
from trainer.recipe.data import Data

RANDOM = np.random.default_rng(0)
PIXELS = RANDOM.integers(0, 256, (12, 5, 4), dtype=np.uint8)
COLOURS = RANDOM.integers(0, 256, (12, 3, 32, 32), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.uint8) % 3
ROWS = "length,colour,target\n" + "".join(f"{n / 4},{n % 2},{'xy'[n % 2]}\n" for n in range(12))
TEXTS = "".join(f"{('ham', 'spam')[n % 2]}\tFree £{n}! word{n} free\n" for n in range(12))


def settings(kind: str, /, **given: Any) -> Data:
    """As they come out of a recipe."""
    return Recipe.model_validate({"data": {"name": kind, **given}}).data


def read(root: Path, name: str, /, **given: Any) -> Samples:
    """All samples of a data set."""
    return files.load(settings(name, **given), root)


def idx(array: NDArray[Any], kind: int = 8) -> bytes:
    """The file format of MNIST."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, kind, array.ndim]) + sizes + array.tobytes()


def cifar(labels: NDArray[Any], images: NDArray[Any] = COLOURS) -> bytes:
    """Records of the labels' bytes [N] or [N, 2] and an image each."""
    pairs = zip(labels.reshape(len(images), -1).tolist(), images, strict=True)
    return b"".join(bytes(label) + image.tobytes() for label, image in pairs)


def npz(**arrays: Any) -> bytes:
    """As numpy writes it."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def image(pixels: NDArray[Any], kind: str = "PNG") -> bytes:
    """As Pillow writes it."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def write_parquet(path: Path, **columns: Any) -> None:
    """A table of these columns."""
    parquet.write_table(pa.table(columns), path)


def write_all(folder: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """One sound data set of each format: name → the file to damage, and its settings."""
    (folder / "images").write_bytes(idx(PIXELS))
    (folder / "images.gz").write_bytes(gzip.compress(idx(PIXELS)))
    (folder / "labels").write_bytes(idx(LABELS))
    (folder / "cifar.bin").write_bytes(cifar(LABELS))
    (folder / "data.npz").write_bytes(npz(inputs=PIXELS, targets=LABELS))
    (folder / "data.csv").write_text(ROWS)
    (folder / "texts").write_text(TEXTS)
    write_parquet(
        folder / "data.parquet",
        a=RANDOM.normal(size=40),
        target=[f"kind {n % 3}" for n in range(40)],
    )
    for name, kind in (("cat", "png"), ("dog", "jpeg")):
        (folder / "pets" / name).mkdir(parents=True)
        pixels = RANDOM.integers(0, 256, (9, 8, 3), dtype=np.uint8)
        (folder / "pets" / name / f"1.{kind}").write_bytes(image(pixels, kind))
    mnist = {"images": "images", "labels": "labels"}
    return {
        "idx": ("images", mnist),
        "packed idx": ("images.gz", {**mnist, "images": "images.gz"}),
        "idx labels": ("labels", mnist),
        "cifar_binary": ("cifar.bin", {"files": ["cifar.bin"]}),
        "npz": ("data.npz", {}),
        "csv": ("data.csv", {}),
        "parquet": ("data.parquet", {}),
        "text_tsv": ("texts", {"file": "texts"}),
        "image_folder": ("pets/cat/1.png", {"folder": "pets"}),
        "jpeg folder": ("pets/dog/1.jpeg", {"folder": "pets"}),
    }


def set_name(case: str) -> str:
    """The data set of a case of `write_all`."""
    return {"packed idx": "idx", "idx labels": "idx", "jpeg folder": "image_folder"}.get(case, case)


def header(*numbers: int) -> bytes:
    """An IDX header of a file of bytes with these sizes."""
    return bytes([0, 0, 8, len(numbers)]) + struct.pack(f">{len(numbers)}I", *numbers)
