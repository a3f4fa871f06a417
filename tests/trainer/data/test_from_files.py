"""Data sets from the data folder: tensors of the right kind, and they train."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainer.files.written import (
    COLOURS,
    LABELS,
    PIXELS,
    RANDOM,
    cifar,
    idx,
    image,
    npz,
    settings,
    write_parquet,
)  # fmt: skip
from trainer import run
from trainer.data import Dataset
from trainer.errors import BadFile
from trainer.events import Ended
from trainer.menu import part
from trainer.recipe import Recipe

CLASSES = LABELS.tolist()
TABLE = {"x": RANDOM.normal(size=12), "z": RANDOM.normal(size=12), "target": CLASSES}


def write_idx(folder: Path) -> dict[str, Any]:
    (folder / "i").write_bytes(idx(PIXELS))
    (folder / "l").write_bytes(idx(LABELS))
    return {"images": "i", "labels": "l"}


def write_cifar(folder: Path) -> dict[str, Any]:
    (folder / "c").write_bytes(cifar(LABELS))
    return {"files": ["c"]}


def write_images(folder: Path) -> dict[str, Any]:
    for number, label in enumerate(CLASSES):
        (folder / "images" / str(label)).mkdir(parents=True, exist_ok=True)
        path = folder / "images" / str(label) / f"{number}.png"
        path.write_bytes(image(COLOURS[number].transpose(1, 2, 0)))
    return {"size": 16}


def write_npz(folder: Path) -> dict[str, Any]:
    (folder / "data.npz").write_bytes(npz(inputs=COLOURS, targets=LABELS))
    return {}


def write_csv(folder: Path) -> dict[str, Any]:
    rows = zip(*TABLE.values(), strict=True)
    lines = [",".join(TABLE), *(",".join(map(str, row)) for row in rows)]
    (folder / "data.csv").write_text("\n".join(lines))
    return {}


def write_columns(folder: Path) -> dict[str, Any]:
    write_parquet(folder / "data.parquet", **TABLE)
    return {}


def write_text(folder: Path) -> dict[str, Any]:
    lines = [f"{'abc'[label]}\tword{label} and number {n}" for n, label in enumerate(CLASSES)]
    (folder / "texts").write_text("\n".join(lines))
    return {"file": "texts", "length": 6}


# name → writer, shape of a sample, classes, a model that takes it
SETS: dict[str, tuple[Callable[[Path], dict[str, Any]], tuple[int, ...], int, str | None]] = {
    "idx": (write_idx, (1, 5, 4), 10, "small_cnn"),
    "cifar_binary": (write_cifar, (3, 32, 32), 10, "small_cnn"),
    "image_folder": (write_images, (3, 16, 16), 3, "small_cnn"),
    "npz": (write_npz, (3, 32, 32), 3, "small_cnn"),
    "csv": (write_csv, (2,), 3, "mlp"),
    "parquet": (write_columns, (2,), 3, "mlp"),
    "text_tsv": (write_text, (6,), 3, None),
}


@pytest.mark.parametrize("name", SETS)
def test_tensors(name: str, tmp_path: Path) -> None:
    write, shape, classes, _ = SETS[name]
    data = load(name, write(tmp_path), tmp_path)
    assert data.form.shape == shape
    assert (data.form.outputs, data.form.task) == (classes, "classification")
    assert data.targets.dtype == torch.int64
    if name == "text_tsv":
        assert data.inputs.dtype == torch.int64
        assert data.vocabulary is not None
        assert data.inputs.max() == data.vocabulary - 1
    else:
        assert (data.inputs.dtype, data.vocabulary) == (torch.float32, None)
    if len(shape) == 3:
        assert 0.0 <= data.inputs.min() < 0.3 < 0.7 < data.inputs.max() <= 1.0


@pytest.mark.parametrize("name", SETS)
def test_every_load_is_the_callers_own(name: str, tmp_path: Path) -> None:
    given = SETS[name][0](tmp_path)
    first = load(name, given, tmp_path)
    first.inputs.zero_()
    first.targets.zero_()
    again = load(name, given, tmp_path)
    assert again.inputs.any()
    assert again.targets.any()


def test_bytes_become_brightness(tmp_path: Path) -> None:
    data = load("idx", write_idx(tmp_path), tmp_path)
    expected = torch.tensor(PIXELS.astype("float64") / 255).unsqueeze(1)
    assert torch.allclose(data.inputs.double(), expected, atol=1e-7)


@pytest.mark.parametrize("name", [name for name, row in SETS.items() if row[3]])
def test_a_recipe_trains_on_it(name: str, tmp_path: Path) -> None:
    write, _, _, model = SETS[name]
    recipe = Recipe.model_validate(
        {
            "data": {"name": name, **write(tmp_path)},
            "split": {"name": "holdout", "validation": 0.25},
            "model": {"name": model},
            "optimizer": {"name": "sgd", "lr": 0.01},
            "epochs": 1,
        }
    )
    *_, last = run(recipe, folder=tmp_path)
    assert isinstance(last, Ended)
    assert (last.outcome, last.epochs) == ("complete", 1)


def test_a_bad_file_ends_the_trial_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("x,target\n1,a\n,b\n")
    recipe = Recipe.model_validate({"data": "csv"})
    with pytest.raises(BadFile, match=r"^data.csv: a value is missing in row 2, column 'x'$"):
        next(run(recipe, folder=tmp_path))


def load(name: str, given: dict[str, Any], folder: Path) -> Dataset:
    found = part("data", settings(name, **given)).load(folder)
    assert isinstance(found, Dataset)
    return found
