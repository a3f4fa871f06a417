"""Simple predictors, against scikit-learn on the same folds, and on labels that mean nothing."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from torch import Tensor

from diagnostics.outcome import SIGNIFICANT
from diagnostics.probes.predictability import (
    FEWEST,
    NEIGHBOURS,
    PARTS,
    RIDGE,
    _features,
    _random,
    predictability,
)
from tests.diagnostics.digits import digits


def drawn(seed: int, rows: int = 200, width: int = 6) -> Tensor:
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(seed))


def of_values(inputs: Tensor, targets: Tensor) -> tuple[float, float]:
    found = predictability(inputs, targets, None)
    share, sure = found["predictability"], found["predictability_z"]
    assert isinstance(share, float)
    assert isinstance(sure, float)
    return share, sure


def of_labels(inputs: Tensor, labels: Tensor, classes: int) -> tuple[float, float]:
    found = predictability(inputs, labels, classes)
    share, sure = found["predictability"], found["predictability_z"]
    assert isinstance(share, float)
    assert isinstance(sure, float)
    return share, sure


def test_the_best_of_the_predictors_equals_scikit_learn() -> None:
    inputs = drawn(0)
    y = (inputs[:, 0] * inputs[:, 1] + inputs[:, 2] + 0.3 * drawn(1)[:, 0]).double().unsqueeze(1)
    x = _features(inputs)
    assert x is not None
    folds = torch.randperm(200, generator=torch.Generator().manual_seed(0)).chunk(PARTS)
    makers = [(f, Ridge(fit_intercept=False), r) for f in (x, _random(x)) for r in RIDGE]
    makers.append((x, KNeighborsRegressor(NEIGHBOURS), 0.0))
    left = []
    for features, model, ridge in makers:
        guess = np.zeros((200, 1))
        for held in folds:
            kept = np.setdiff1d(np.arange(200), held)
            middle = y[kept].mean(0).numpy() if ridge else 0.0
            if ridge:
                model.set_params(alpha=ridge * len(kept))
            model.fit(features[kept], y[kept].numpy() - middle)
            guess[held] = model.predict(features[held]).reshape(-1, 1) + middle
        left.append(((guess - y.numpy()) ** 2).sum() / ((y - y.mean(0)) ** 2).sum())
    share, sure = of_values(inputs, y.squeeze(1).float())
    assert share == pytest.approx(float(1 - min(left)), abs=1e-6)
    assert sure == pytest.approx(share * np.sqrt(200 / 2))


def test_digits_are_predictable() -> None:
    inputs, labels = digits()
    share, sure = of_labels(inputs[:400], labels[:400], 10)
    assert share > 0.8
    assert sure > 30


@pytest.mark.parametrize("target", [lambda x: 3 * x[:, 0] - x[:, 1], lambda x: x[:, 0].square()])
def test_straight_and_bent_functions_are_found(target: Callable[[Tensor], Tensor]) -> None:
    inputs = drawn(2, rows=400, width=3)
    share, sure = of_values(inputs, target(inputs))
    assert share > 0.5
    assert sure > SIGNIFICANT


def test_shuffled_labels_are_chance() -> None:
    inputs, labels = digits()
    inputs, labels = inputs[:300], labels[:300]
    sure = []
    for seed in range(15):
        order = torch.randperm(300, generator=torch.Generator().manual_seed(seed))
        sure.append(of_labels(inputs, labels[order], 10)[1])
    assert max(sure) < SIGNIFICANT
    assert float(np.mean(sure)) < 2.5  # the best of five predictors is a little above chance


def test_noise_explains_no_values() -> None:
    for seed in range(8):
        assert of_values(drawn(seed), drawn(seed + 100)[:, 0])[1] < SIGNIFICANT / 2


def test_unequal_classes_are_compared_with_the_largest() -> None:
    labels = (drawn(5)[:, 0] > 1.2).long()
    share, _ = of_labels(drawn(6), labels, 2)
    assert share < 0.1


def test_the_scale_and_a_shift_of_the_features_do_not_matter() -> None:
    inputs = drawn(7)
    labels = (inputs[:, 0] > 0).long()
    stretched = inputs * torch.tensor([1e4, 1e-3, 1, 5, 7, 100]) + 50
    assert of_labels(stretched, labels, 2)[0] == pytest.approx(
        of_labels(inputs, labels, 2)[0], abs=0.03
    )


def test_wide_inputs_are_projected_and_still_tell() -> None:
    inputs = drawn(8, rows=300, width=900)
    inputs[:, :300] += 2 * (drawn(9, rows=300)[:, :1] > 0)
    labels = (drawn(9, rows=300)[:, 0] > 0).long()
    assert of_labels(inputs, labels, 2)[1] > SIGNIFICANT


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        (drawn(0, rows=FEWEST - 1), torch.zeros(FEWEST - 1).long()),
        (torch.ones(60, 3), torch.arange(60) % 2),  # nothing varies
        (torch.arange(180).reshape(60, 3), torch.arange(60) % 2),  # tokens
        (drawn(0, rows=60), torch.zeros(60).long()),  # one class
        (drawn(0, rows=60).log(), torch.arange(60) % 2),  # nan
        (drawn(0, rows=60), torch.zeros(60)),  # one value
        (drawn(0, rows=60), torch.full((60,), torch.nan)),
        (drawn(0, rows=60), torch.zeros(60, 4, 4).long()),  # every pixel
    ],
)
def test_nothing_is_said_where_nothing_can_be(inputs: Tensor, targets: Tensor) -> None:
    classes = None if targets.is_floating_point() else 2
    assert predictability(inputs, targets, classes) == {}


def test_no_random_number_is_taken_from_the_user() -> None:
    before = torch.get_rng_state()
    of_values(drawn(0), drawn(1)[:, 0])
    assert torch.equal(torch.get_rng_state(), before)
