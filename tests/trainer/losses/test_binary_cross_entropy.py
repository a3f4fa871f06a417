"""Binary cross entropy against its formula in numpy."""

import math

import numpy as np
import pytest
import torch

from trainer.form import Form
from trainer.losses.binary_cross_entropy import BinaryCrossEntropy
from trainer.recipe.losses import BinaryCrossEntropy as Settings

FORM = Form((4,), 5)


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("weight", [1.0, 0.2, 7.0])
def test_formula(weight: float, soft: bool) -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(scale=3, size=(32, 5)), rng.integers(5, size=32)
    t = rng.dirichlet(np.ones(5), size=32) if soft else np.eye(5)[labels]
    p = 1 / (1 + np.exp(-logits))
    expected = -(weight * t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
    loss = BinaryCrossEntropy(Settings(pos_weight=weight)).build(FORM)
    ours = loss(torch.tensor(logits), torch.tensor(t if soft else labels))
    assert ours.item() == pytest.approx(expected, rel=1e-12)


def test_who_knows_nothing_pays_log_2_for_each_class() -> None:
    loss = BinaryCrossEntropy(Settings()).build(FORM)
    assert loss(torch.zeros(8, 5), torch.arange(8) % 5).item() == pytest.approx(math.log(2))


def test_a_mask_is_as_many_samples_as_pixels() -> None:
    loss = BinaryCrossEntropy(Settings(pos_weight=3.0)).build(Form((1, 4, 6), 5, "segmentation"))
    outputs, masks = torch.randn(2, 5, 4, 6), torch.randint(5, (2, 4, 6))
    rows = outputs.movedim(1, -1).reshape(-1, 5)
    torch.testing.assert_close(loss(outputs, masks), loss(rows, masks.reshape(-1)))


def test_certain_and_wrong_is_finite() -> None:
    loss = BinaryCrossEntropy(Settings()).build(FORM)
    outputs = torch.tensor([[-1000.0, 1000.0, 0.0, 0.0, 0.0]])
    assert loss(outputs, torch.tensor([0])).item() == pytest.approx(400 + 0.6 * math.log(2))
