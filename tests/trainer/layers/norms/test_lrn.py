"""Both local response norms against loops in double precision, torch and gradcheck."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd import gradcheck

from trainer.layers import norm
from trainer.recipe.layers import Lrn, LrnIntra

STRONG: dict[str, float] = {"k": 1.5, "alpha": 0.8, "beta": 0.6}  # so that it shows
IMAGES = st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 5), st.integers(1, 5))
SIZES = st.integers(1, 8)
Array = NDArray[np.float64]


def make(settings: Lrn | LrnIntra, dims: int = 2) -> nn.Module:
    module = norm(settings, 4, dims)
    assert module is not None
    return module


def some(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def around(i: int, n: int, length: int) -> range:
    return range(max(0, i - n // 2), min(length, i + (n - 1) // 2 + 1))


def between(a: Array, n: int) -> Array:
    """Krizhevsky et al. 2012, §3.3, with α/n for α."""
    b = np.empty_like(a)
    for s, i, y, x in np.ndindex(*a.shape):
        total = sum(a[s, j, y, x] ** 2 for j in around(i, n, a.shape[1]))
        scale = STRONG["k"] + STRONG["alpha"] / n * total
        b[s, i, y, x] = a[s, i, y, x] / scale ** STRONG["beta"]
    return b


def within(a: Array, n: int) -> Array:
    b = np.empty_like(a)
    for s, i, y, x in np.ndindex(*a.shape):
        rows, columns = around(y, n, a.shape[2]), around(x, n, a.shape[3])
        total = sum(a[s, i, v, u] ** 2 for v in rows for u in columns)
        scale = STRONG["k"] + STRONG["alpha"] / n**2 * total
        b[s, i, y, x] = a[s, i, y, x] / scale ** STRONG["beta"]
    return b


@given(shape=IMAGES, n=SIZES)
def test_between_channels_equals_its_slow_twin(shape: tuple[int, ...], n: int) -> None:
    a = some(*shape)
    found = make(Lrn(n=n, **STRONG))(a)
    np.testing.assert_allclose(found.numpy(), between(a.numpy(), n), rtol=1e-12, atol=1e-15)


@given(shape=IMAGES, n=SIZES)
def test_within_a_channel_equals_its_slow_twin(shape: tuple[int, ...], n: int) -> None:
    a = some(*shape)
    found = make(LrnIntra(n=n, **STRONG))(a)
    np.testing.assert_allclose(found.numpy(), within(a.numpy(), n), rtol=1e-12, atol=1e-15)


@given(shape=IMAGES, n=SIZES)
def test_between_channels_equals_torchs(shape: tuple[int, ...], n: int) -> None:
    a = some(*shape)
    torch.testing.assert_close(make(Lrn(n=n, **STRONG))(a), F.local_response_norm(a, n, **STRONG))


def test_the_papers_numbers_are_the_defaults() -> None:
    a = 30 * some(2, 9, 3, 3)
    expected = F.local_response_norm(a, size=5, alpha=1e-4, beta=0.75, k=2.0)
    torch.testing.assert_close(make(Lrn())(a), expected)
    assert LrnIntra().model_dump(exclude={"name"}) == Lrn().model_dump(exclude={"name"})


def test_rows_are_images_of_one_pixel() -> None:
    rows = some(5, 4)
    module = make(Lrn(**STRONG), dims=1)
    torch.testing.assert_close(module(rows), module(rows[:, :, None, None])[:, :, 0, 0])


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", [Lrn, LrnIntra])
def test_gradcheck(kind: Any, n: int) -> None:
    assert gradcheck(make(kind(n=n, **STRONG)), some(2, 4, 3, 3).requires_grad_())


@pytest.mark.parametrize("kind", [Lrn, LrnIntra])
def test_zeros_stay_zero(kind: Any) -> None:
    a = torch.zeros(2, 4, 3, 3, requires_grad=True)
    b = make(kind())(a)
    assert not b.any()
    (gradient,) = torch.autograd.grad(b.sum(), a)
    assert gradient.isfinite().all()
