"""Cross entropy against its formula in numpy, and its value for who knows nothing."""

import math

import numpy as np
import pytest
import torch

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.losses.cross_entropy import CrossEntropy
from trainer.recipe.losses import CrossEntropy as Settings

CLASSES = 7
FORM = Form((4,), CLASSES)
WEIGHTS = [0.5, 1.0, 2.0, 3.0, 1.0, 0.1, 4.0]


def formula(logits: np.ndarray, p: np.ndarray, weights: np.ndarray, smoothing: float) -> float:
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    q = (1 - smoothing) * p + smoothing / p.shape[1]
    return float(-(weights * q * log_p).sum() / (weights * p).sum())


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_formula(smoothing: float, weights: list[float] | None, soft: bool) -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(scale=3, size=(32, CLASSES)), rng.integers(CLASSES, size=32)
    shares = rng.dirichlet(np.ones(CLASSES), size=32) if soft else np.eye(CLASSES)[labels]
    expected = formula(logits, shares, np.array(weights or [1.0] * CLASSES), smoothing)
    loss = CrossEntropy(Settings(label_smoothing=smoothing, class_weights=weights)).build(FORM)
    targets = torch.tensor(shares) if soft else torch.tensor(labels)
    ours = loss.double()(torch.tensor(logits), targets)
    assert ours.shape == ()
    assert ours.item() == pytest.approx(expected, rel=1e-12)


def test_weighted_pixels_equal_weighted_samples() -> None:
    """A mask is as many samples as it has pixels."""
    loss = CrossEntropy(Settings(class_weights=[1.0, 2.0, 5.0])).build(
        Form((1, 4, 5), 3, "segmentation")
    )
    outputs, masks = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    rows = outputs.movedim(1, -1).reshape(-1, 3)
    torch.testing.assert_close(loss(outputs, masks), loss(rows, masks.reshape(-1)))


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_equal_logits_cost_log_c(smoothing: float) -> None:
    loss = CrossEntropy(Settings(label_smoothing=smoothing)).build(Form((4,), 10))
    assert loss(torch.zeros(4, 10), torch.arange(4)).item() == pytest.approx(math.log(10))


def test_one_weight_for_each_class() -> None:
    settings = Settings(class_weights=[1.0, 2.0])
    with pytest.raises(BadRecipe, match=r"loss\.class_weights: give one weight for each of the 7"):
        CrossEntropy(settings).build(FORM)
