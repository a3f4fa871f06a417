"""The best answer without inputs, against closed forms and scipy's minimiser."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import entropy
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.baseline import baseline_loss, blank_loss
from diagnostics.probes.loss_form import identify

N, C = 60, 4
RANDOM = np.random.RandomState(0)
LABELS = torch.tensor(RANDOM.choice(C, N, p=[0.5, 0.3, 0.15, 0.05]))
SHARES = np.bincount(LABELS.numpy(), minlength=C) / N
SKEWED = torch.tensor(RANDOM.lognormal(0.5, 1.0, (N, 1)), dtype=torch.float32)
FLAGS = torch.tensor(RANDOM.rand(N, 1) < 0.2, dtype=torch.float32)
LOGITS = torch.zeros(N, C)
COLUMN = torch.zeros(N, 1)
Loss = Callable[[Tensor, Tensor], Tensor]


def best(loss_fn: Loss, outputs: Tensor, targets: Tensor) -> float:
    form = identify(loss_fn, outputs, targets)
    return baseline_loss(loss_fn, form, outputs, targets)


def searched(loss_fn: Loss, outputs: Tensor, targets: Tensor) -> float:
    """By a simplex over the constants, from several places."""

    def of(constant: np.ndarray) -> float:
        row = torch.tensor(constant, dtype=torch.float32).reshape(1, -1)
        return float(loss_fn(row.expand(outputs.shape), targets))

    width = outputs[0].numel()
    starts = [np.zeros(width), np.full(width, 2.0), np.full(width, float(targets.float().mean()))]
    settings = {"xatol": 1e-5, "fatol": 1e-8, "maxiter": 4000}
    found = [minimize(of, s, method="Nelder-Mead", options=settings) for s in starts]
    return min(float(each.fun) for each in found)


def test_of_class_labels_it_is_the_entropy_of_the_shares() -> None:
    expected = entropy(SHARES)
    assert best(F.cross_entropy, LOGITS, LABELS) == pytest.approx(expected, rel=1e-5)
    assert best(lambda o, t: F.nll_loss(o.log(), t), LOGITS, LABELS) == pytest.approx(
        expected, rel=1e-4
    )
    assert best(F.nll_loss, LOGITS, LABELS) == pytest.approx(expected, rel=1e-4)
    summed = nn.CrossEntropyLoss(reduction="sum")
    assert best(summed, LOGITS, LABELS) == pytest.approx(N * expected, rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.1, 0.5])
def test_of_smoothed_labels_it_is_the_entropy_of_the_smoothed_shares(smoothing: float) -> None:
    smoothed = (1 - smoothing) * SHARES + smoothing / C
    loss_fn = nn.CrossEntropyLoss(label_smoothing=smoothing)
    assert best(loss_fn, LOGITS, LABELS) == pytest.approx(entropy(smoothed), rel=1e-4)


def test_of_one_hot_squares_it_is_their_variance() -> None:
    hot = np.eye(C)[LABELS.numpy()]

    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        return F.mse_loss(outputs, F.one_hot(targets, C).float())

    assert best(loss_fn, LOGITS, LABELS) == pytest.approx(hot.var(axis=0).mean(), rel=1e-4)


def test_labels_that_the_loss_leaves_out_have_no_share() -> None:
    labels = torch.cat([LABELS, torch.full((90,), -100)])
    found = best(F.cross_entropy, torch.zeros(N + 90, C), labels)
    assert found == pytest.approx(entropy(SHARES), rel=1e-4)


def test_of_pixels_it_is_the_entropy_over_all_of_them() -> None:
    pixels = LABELS.reshape(N // 4, 2, 2)
    outputs = torch.zeros(N // 4, C, 2, 2)
    assert best(F.cross_entropy, outputs, pixels) == pytest.approx(entropy(SHARES), rel=1e-5)


def test_of_values_it_is_variance_median_deviation_and_binary_entropy() -> None:
    y, p = SKEWED.numpy().astype(float), float(FLAGS.mean())
    assert best(F.mse_loss, COLUMN, SKEWED) == pytest.approx(y.var(), rel=1e-4)
    deviation = np.abs(y - np.median(y)).mean()
    assert best(F.l1_loss, COLUMN, SKEWED) == pytest.approx(deviation, rel=1e-4)
    expected = entropy([p, 1 - p])
    assert best(F.binary_cross_entropy_with_logits, COLUMN, FLAGS) == pytest.approx(expected, 1e-4)
    assert best(F.binary_cross_entropy, COLUMN, FLAGS) == pytest.approx(expected, rel=1e-4)
    poisson = y.mean() - y.mean() * math.log(y.mean())
    assert best(F.poisson_nll_loss, COLUMN, SKEWED) == pytest.approx(poisson, rel=1e-4)


def test_every_output_has_a_best_constant_of_its_own() -> None:
    targets = torch.tensor(RANDOM.randn(N, 3) * [1, 10, 0.1] + [5, -50, 0], dtype=torch.float32)
    expected = targets.numpy().astype(float).var(axis=0).mean()
    assert best(F.mse_loss, torch.zeros(N, 3), targets) == pytest.approx(expected, rel=1e-4)


def test_stretched_shapes_have_the_variance_all_the_same() -> None:
    found = best(lambda o, t: (o - t).square().mean(), COLUMN, SKEWED.squeeze(1))
    assert found == pytest.approx(SKEWED.numpy().astype(float).var(), rel=1e-4)


def quantile(outputs: Tensor, targets: Tensor) -> Tensor:
    return (0.8 * (targets - outputs)).maximum(0.2 * (outputs - targets)).mean()


@pytest.mark.parametrize(
    ("loss_fn", "outputs", "targets"),
    [
        (nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 5.0, 9.0])), LOGITS, LABELS),
        (nn.CrossEntropyLoss(ignore_index=1), LOGITS, LABELS),
        (nn.BCEWithLogitsLoss(pos_weight=torch.tensor(4.0)), COLUMN, FLAGS),
        (nn.MultiMarginLoss(), LOGITS, LABELS),
        (quantile, COLUMN, SKEWED),
        (quantile, COLUMN, SKEWED + 300),
        (nn.SmoothL1Loss(), COLUMN, SKEWED),
    ],
    ids=["weighted", "ignored", "pos_weight", "margin", "quantile", "far quantile", "huber"],
)
def test_without_a_closed_form_it_is_what_a_minimiser_finds(
    loss_fn: Loss, outputs: Tensor, targets: Tensor
) -> None:
    expected = searched(loss_fn, outputs, targets)
    assert best(loss_fn, outputs, targets) == pytest.approx(expected, rel=0.02)


def test_a_loss_that_refuses_has_no_baseline() -> None:
    def refuses(outputs: Tensor, targets: Tensor) -> Tensor:
        raise ValueError("not these")

    assert math.isnan(baseline_loss(refuses, None, COLUMN, SKEWED))
    assert math.isnan(blank_loss(refuses, None, COLUMN, SKEWED))


@pytest.mark.parametrize(
    ("loss_fn", "outputs", "targets", "expected"),
    [
        (F.cross_entropy, LOGITS, LABELS, math.log(C)),
        (nn.CrossEntropyLoss(label_smoothing=0.1), LOGITS, LABELS, math.log(C)),
        (F.nll_loss, LOGITS, LABELS, math.log(C)),
        (lambda o, t: F.nll_loss(o.log(), t), LOGITS, LABELS, math.log(C)),
        (F.binary_cross_entropy_with_logits, COLUMN, FLAGS, math.log(2)),
        (F.binary_cross_entropy, COLUMN, FLAGS, math.log(2)),
        (F.mse_loss, COLUMN, SKEWED, float(SKEWED.square().mean())),
    ],
)
def test_outputs_that_say_nothing(
    loss_fn: Loss, outputs: Tensor, targets: Tensor, expected: float
) -> None:
    form = identify(loss_fn, outputs, targets)
    assert blank_loss(loss_fn, form, outputs, targets) == pytest.approx(expected, rel=1e-4)
