"""The sets that are drawn: on the curves they are named for, and the same every time."""

from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from trainer.data import Dataset
from trainer.menu import part
from trainer.recipe import Recipe

NAMES = ("blobs", "moons", "circles", "spirals", "shapes")
WITH_CLASSES = ("blobs", "spirals")


def load(kind: str, /, **given: Any) -> Dataset:
    settings = Recipe.model_validate({"data": {"name": kind, **given}}).data
    found = part("data", settings).load(Path())
    assert isinstance(found, Dataset)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides(name: str) -> None:
    state = torch.get_rng_state()
    np.random.seed(1)
    first, again, other = load(name), load(name), load(name, seed=1)
    assert first.inputs.equal(again.inputs)
    assert first.targets.equal(again.targets)
    assert not first.inputs.equal(other.inputs)
    assert torch.get_rng_state().equal(state)


@pytest.mark.parametrize("name", NAMES)
@given(samples=st.integers(10, 60), noise=st.floats(0.0, 1.0))
def test_form(name: str, samples: int, noise: float) -> None:
    data = load(name, samples=samples, noise=noise)
    assert len(data.inputs) == len(data.targets) == len(data) == samples
    assert (data.inputs.dtype, data.targets.dtype) == (torch.float32, torch.int64)
    assert data.inputs.isfinite().all()
    assert data.targets.min() >= 0
    assert data.targets.max() < data.outputs == len(data.labels)


@pytest.mark.parametrize("name", WITH_CLASSES)
@given(samples=st.integers(10, 60), classes=st.integers(2, 10))
def test_classes_are_as_even_as_can_be(name: str, samples: int, classes: int) -> None:
    data = load(name, samples=samples, classes=classes)
    counts = data.targets.bincount(minlength=classes)
    assert data.outputs == len(counts) == classes
    assert counts.max() - counts.min() <= 1


def test_moons_are_half_circles() -> None:
    data = load("moons", noise=0.0, samples=200)
    upper, lower = (data.inputs[data.targets == c].double() for c in (0, 1))
    assert upper.norm(dim=1) == pytest.approx(torch.ones(100).double(), abs=1e-6)
    assert upper[:, 1].min() > -1e-6
    middle = torch.tensor([1.0, 0.5]).double()
    assert (lower - middle).norm(dim=1) == pytest.approx(torch.ones(100).double(), abs=1e-6)
    assert (lower[:, 1] - 0.5).max() < 1e-6


@given(factor=st.floats(0.1, 0.9))
def test_circles_have_their_radii(factor: float) -> None:
    data = load("circles", noise=0.0, factor=factor, samples=100)
    radius = data.inputs.norm(dim=1)
    expected = torch.where(data.targets == 0, 1.0, factor)
    assert torch.allclose(radius, expected, atol=1e-5)


@given(turns=st.floats(0.25, 3.0), classes=st.integers(2, 5))
def test_spirals_wind_evenly(turns: float, classes: int) -> None:
    data = load("spirals", noise=0.0, turns=turns, classes=classes, samples=100)
    x, y = data.inputs.double().T
    radius = torch.hypot(x, y)
    turn = torch.atan2(y, x) / (2 * pi) - data.targets / classes
    away = (turn - turns * radius) % 1.0  # in turns
    far = radius > 0.05  # a direction says little near the centre
    assert torch.minimum(away, 1 - away)[far].max() < 1e-5
    assert radius.max().item() == pytest.approx(1.0)
    assert radius.min().item() == 0.0


def test_blobs_lie_about_their_centres() -> None:
    still = load("blobs", noise=0.0, classes=5, features=3, samples=50)
    assert still.inputs.unique(dim=0).shape == (5, 3)
    assert still.inputs.abs().max() <= 10
    spread = load("blobs", noise=2.0, classes=2, samples=4000)
    for label in (0, 1):
        std = spread.inputs[spread.targets == label].std(dim=0)
        assert std.tolist() == pytest.approx([2.0, 2.0], rel=0.1)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "blobs", "samples": 1_000_000, "features": 1000},
        {"name": "shapes", "samples": 100_000, "size": 512},
    ],
    ids=["blobs", "shapes"],
)
def test_sets_that_fill_the_memory_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="draw fewer samples"):
        Recipe.model_validate({"data": given})
