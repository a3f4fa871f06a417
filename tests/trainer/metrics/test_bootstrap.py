"""The bootstrap interval against the binomial distribution, which it has for right and wrong."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import binom

from trainer.metrics import _bootstrap
from trainer.metrics._bootstrap import interval


@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
@pytest.mark.parametrize("confidence", [0.68, 0.95])
def test_quantiles_of_the_binomial(share: float, confidence: float) -> None:
    """A resample's number of hits is Binomial(N, share)."""
    n = 500
    correct = torch.arange(n) < share * n
    low, high = interval(correct, 20_000, confidence, seed=3)
    tail = (1 - confidence) / 2
    assert low == pytest.approx(binom.ppf(tail, n, share) / n, abs=2.1 / n)
    assert high == pytest.approx(binom.ppf(1 - tail, n, share) / n, abs=2.1 / n)


def test_coverage() -> None:
    """Of 300 samples of a coin, about 95 % have intervals that hold its bias."""
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(300):
        low, high = interval(torch.tensor(rng.uniform(size=100) < 0.7), 400, seed=seed)
        held += low <= 0.7 <= high
    assert 0.90 <= held / 300 <= 0.98


@pytest.mark.parametrize(("value", "n"), [(0.0, 50), (1.0, 50), (1.0, 2)])
def test_no_spread(value: float, n: int) -> None:
    assert interval(torch.full((n,), value), 200) == (value, value)


def test_the_seed_decides_and_memory_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    correct = torch.rand(40, generator=torch.Generator().manual_seed(0))
    first = interval(correct, 300, seed=1)
    assert interval(correct, 300, seed=1) == first
    assert interval(correct, 300, seed=2) != first
    monkeypatch.setattr(_bootstrap, "MOST", 100)
    low, high = interval(correct, 300, seed=1)
    assert low < correct.mean() < high


def test_too_few() -> None:
    assert all(math.isnan(end) for end in interval(torch.tensor([True]), 100))
