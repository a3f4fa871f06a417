"""Cross entropy against its formula in numpy, and its value for who knows nothing."""

import math

import numpy as np
import pytest
import torch

from trainer.losses.cross_entropy import CrossEntropy
from trainer.recipe.losses import CrossEntropy as Settings


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_formula(smoothing: float) -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(scale=3, size=(32, 7)), rng.integers(7, size=32)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    q = (1 - smoothing) * np.eye(7)[labels] + smoothing / 7
    expected = -(q * log_p).sum(axis=1).mean()
    loss = CrossEntropy(Settings(label_smoothing=smoothing))
    ours = loss(torch.tensor(logits), torch.tensor(labels))
    assert ours.shape == ()
    assert ours.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_equal_logits_cost_log_c(smoothing: float) -> None:
    loss = CrossEntropy(Settings(label_smoothing=smoothing))
    assert loss(torch.zeros(4, 10), torch.arange(4)).item() == pytest.approx(math.log(10))
