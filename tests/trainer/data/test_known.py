"""The sets that come with scikit-learn, against what is known of them from elsewhere."""

from pathlib import Path

import pytest
import torch

from trainer.data import Dataset
from trainer.menu import part
from trainer.recipe import entries
from trainer.recipe.data import Data

# name → samples, features, samples of each class: the sets' pages at UCI
KNOWN = {
    "iris": (150, 4, [50, 50, 50]),
    "wine": (178, 13, [59, 71, 48]),
    "breast_cancer": (569, 30, [212, 357]),
}


def load(name: str) -> Dataset:
    found = part("data", entries(Data)[name]()).load(Path())
    assert isinstance(found, Dataset)
    return found


@pytest.mark.parametrize("name", KNOWN)
def test_counts(name: str) -> None:
    samples, features, classes = KNOWN[name]
    data = load(name)
    assert data.inputs.shape == (samples, features)
    assert (data.inputs.dtype, data.targets.dtype) == (torch.float32, torch.int64)
    assert data.targets.bincount().tolist() == classes
    assert (data.outputs, len(data.labels), data.task) == (len(classes),) * 2 + ("classification",)


def test_iris_is_fishers() -> None:
    data = load("iris")
    # Means in cm, from the summary of the file at UCI; the first flower of Fisher's table I.
    means = data.inputs.mean(dim=0).tolist()
    assert means == pytest.approx([5.84, 3.05, 3.76, 1.20], abs=0.01)
    assert data.inputs[0].tolist() == pytest.approx([5.1, 3.5, 1.4, 0.2])
    assert data.labels == ("setosa", "versicolor", "virginica")


def test_wine_is_raw() -> None:
    data = load("wine")
    low, high = data.inputs.min(dim=0).values, data.inputs.max(dim=0).values
    # Alcohol in % by volume is the first column, proline in mg/l the last.
    assert (low[0].item(), high[0].item()) == pytest.approx((11.03, 14.83), abs=0.01)
    assert (low[-1].item(), high[-1].item()) == (278.0, 1680.0)


def test_breast_cancers_first_class_is_malignant() -> None:
    data = load("breast_cancer")
    assert data.labels == ("malignant", "benign")
    radius = data.inputs[:, 0]  # of the nuclei; those of malignant tumours are larger
    assert radius[data.targets == 0].mean() > radius[data.targets == 1].mean() + 4


@pytest.mark.parametrize("name", KNOWN)
def test_every_load_is_the_callers_own(name: str) -> None:
    load(name).inputs.zero_()
    assert load(name).inputs.any()
