"""Expected calibration error against a slow twin, and on forecasts of known quality."""

import numpy as np
import pytest
import torch

from trainer.form import Form
from trainer.metrics.calibration_error import CalibrationError
from trainer.recipe.evaluation import CalibrationError as Settings


def ours(logits: torch.Tensor, labels: torch.Tensor, bins: int = 15) -> float:
    form = Form((4,), logits.shape[1])
    return CalibrationError(Settings(bins=bins)).of(logits, labels, form)


def slow(logits: np.ndarray, labels: np.ndarray, bins: int) -> float:
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    total = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


@pytest.mark.parametrize("bins", [1, 10, 15])
@pytest.mark.parametrize("scale", [0.3, 2.0, 8.0])
def test_formula(scale: float, bins: int) -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(scale=scale, size=(500, 4)), rng.integers(4, size=500)
    wanted = slow(logits, labels, bins)
    assert ours(torch.tensor(logits), torch.tensor(labels), bins) == pytest.approx(wanted, abs=1e-6)


def test_labels_drawn_as_forecast_are_calibrated_and_overconfidence_is_not() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = torch.tensor((rng.uniform(size=(20_000, 1)) > p.cumsum(axis=1)).sum(axis=1))
    assert ours(torch.tensor(logits), labels) < 0.02
    assert ours(torch.tensor(4 * logits), labels) > 0.2
