"""Dice loss against its formula in numpy, and between 0 and 1 whatever comes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from trainer.form import Form
from trainer.losses.dice import Dice
from trainer.recipe.losses import Dice as Settings

FORM = Form((1, 6, 5), 3, "segmentation")


def slow(outputs: np.ndarray, masks: np.ndarray, smooth: float) -> float:
    """Sample by sample and class by class."""
    each = []
    for logits, mask in zip(outputs, masks, strict=True):
        p = np.exp(logits) / np.exp(logits).sum(axis=0)
        for c in range(len(logits)):
            q = mask == c
            each.append((2 * p[c][q].sum() + smooth) / (p[c].sum() + q.sum() + smooth))
    return 1 - float(np.mean(each))


@pytest.mark.parametrize("smooth", [1.0, 1e-3])
def test_formula(smooth: float) -> None:
    rng = np.random.default_rng(0)
    outputs, masks = rng.normal(scale=2, size=(4, 3, 6, 5)), rng.integers(3, size=(4, 6, 5))
    ours = Dice(Settings(smooth=smooth)).build(FORM)(torch.tensor(outputs), torch.tensor(masks))
    assert ours.item() == pytest.approx(slow(outputs, masks, smooth), rel=1e-12)


def test_cross_entropy_is_added() -> None:
    outputs, masks = torch.randn(4, 3, 6, 5), torch.randint(3, (4, 6, 5))
    plain = Dice(Settings()).build(FORM)(outputs, masks)
    both = Dice(Settings(cross_entropy=0.5)).build(FORM)(outputs, masks)
    torch.testing.assert_close(both, plain + 0.5 * F.cross_entropy(outputs, masks))


@given(
    seed=st.integers(0, 2**31),
    scale=st.floats(0, 1000),
    smooth=st.floats(1e-6, 1e3),
    classes=st.integers(2, 5),
    soft=st.booleans(),
)
def test_between_0_and_1(seed: int, scale: float, smooth: float, classes: int, soft: bool) -> None:
    torch.manual_seed(seed)
    outputs = torch.randn(2, classes, 4, 4, dtype=torch.float64) * scale
    shares = torch.randn(2, classes, 4, 4, dtype=torch.float64).softmax(dim=1)
    targets = shares if soft else torch.randint(classes, (2, 4, 4))
    loss = Dice(Settings(smooth=smooth)).build(Form((1, 4, 4), classes, "segmentation"))
    assert -1e-12 <= loss(outputs, targets).item() <= 1


def test_a_perfect_mask_costs_nothing_and_an_inverted_one_all() -> None:
    masks = torch.randint(2, (3, 6, 5))
    sure = 100.0 * F.one_hot(masks, 2).movedim(-1, 1)
    loss = Dice(Settings(smooth=1e-6)).build(Form((1, 6, 5), 2, "segmentation"))
    assert loss(sure, masks).item() == pytest.approx(0, abs=1e-6)
    assert loss(sure, 1 - masks).item() == pytest.approx(1, abs=1e-6)
