"""The formulas against torch's own shapes, gradients and parameters, on random stacks of layers."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from trainer import geometry
from trainer.geometry import Reach, convolved, multiplications, parameters, spread, transposed

SIDE = 64  # long enough that the middle of a stack sees no edge

# (layer, filter, stride, padding, dilation); average pooling, since a maximum hides what it sees
layers = st.tuples(
    st.sampled_from(["conv", "pool"]),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 2),
).map(lambda x: (*x[:3], min(x[3], x[1] // 2), x[4] if x[0] == "conv" else 1))
stacks = st.lists(layers, min_size=1, max_size=4)
Spec = tuple[str, int, int, int, int]


def module(spec: Spec) -> nn.Module:
    """Positive weights, so that no two paths from a pixel cancel."""
    kind, f, s, p, d = spec
    if kind == "pool":
        return nn.AvgPool1d(f, s, p)
    layer = nn.Conv1d(1, 1, f, s, p, d)
    nn.init.ones_(layer.weight)
    return layer


@given(n=st.integers(1, 200), f=st.integers(1, 11), s=st.integers(1, 5), p=st.integers(0, 5))
def test_convolved_is_torchs(n: int, f: int, s: int, p: int) -> None:
    if n + 2 * p >= f:
        assert nn.Conv1d(1, 1, f, s, p)(torch.zeros(1, 1, n)).shape[2] == convolved(n, f, s, p)


@given(n=st.integers(1, 50), f=st.integers(1, 11), s=st.integers(1, 5), p=st.integers(0, 5))
def test_transposed_is_torchs(n: int, f: int, s: int, p: int) -> None:
    if transposed(n, f, s, p) > 0:
        layer = nn.ConvTranspose1d(1, 1, f, s, p)
        assert layer(torch.zeros(1, 1, n)).shape[2] == transposed(n, f, s, p)


@given(stack=stacks)
def test_shapes_of_random_stacks(stack: list[Spec]) -> None:
    x, n = torch.zeros(1, 1, SIDE), SIDE
    for spec in stack:
        _, f, s, p, d = spec
        n = convolved(n, spread(f, d), s, p)
        if n < 1:
            return
        x = module(spec)(x)
        assert x.shape[2] == n


@given(stack=stacks)
def test_receptive_field_is_what_the_gradient_finds(stack: list[Spec]) -> None:
    """The input pixels that the middle output, and its neighbour, depend on."""
    reach = Reach()
    for _, f, s, _, d in stack:
        reach = reach.convolved(spread(f, d), s)
    x = torch.zeros(1, 1, 4 * int(reach.size) + 4 * int(reach.jump) + SIDE, requires_grad=True)
    y = x
    for spec in stack:
        y = module(spec)(y)
    middle = y.shape[2] // 2
    first, second = (seen(x, y[0, 0, at]) for at in (middle, middle + 1))
    assert first[-1] - first[0] + 1 == reach.size
    assert second[0] - first[0] == reach.jump


@given(f=st.integers(1, 5), s=st.integers(1, 3), last=st.integers(1, 4), before=st.integers(1, 4))
def test_behind_a_transposed_convolution_it_is_the_most_that_is_seen(
    f: int, s: int, last: int, before: int
) -> None:
    """convolution → transposed convolution → convolution; some places see less."""
    reach = Reach().convolved(before, 1).transposed(f, s).convolved(last, 1)
    stack = [nn.Conv1d(1, 1, before), nn.ConvTranspose1d(1, 1, f, s), nn.Conv1d(1, 1, last)]
    x = torch.zeros(1, 1, SIDE, requires_grad=True)
    y = x
    for layer in stack:
        nn.init.ones_(layer.weight)
        y = layer(y)
    middle = y.shape[2] // 2
    found = [seen(x, y[0, 0, at]) for at in range(middle, middle + s)]
    assert max(places[-1] - places[0] + 1 for places in found if places) == reach.size
    assert reach.jump * s == 1


def seen(x: torch.Tensor, output: torch.Tensor) -> list[int]:
    (gradient,) = torch.autograd.grad(output, x, retain_graph=True)
    places: list[int] = gradient[0, 0].nonzero().flatten().tolist()
    return places


@given(
    f=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    c=st.integers(1, 6),
    n=st.integers(1, 6),
)
def test_parameters_are_torchs(f: tuple[int, int], c: int, n: int) -> None:
    assert sum(p.numel() for p in nn.Conv2d(c, n, f).parameters()) == parameters(f, c, n)


@pytest.mark.parametrize(
    ("formula", "given", "expected"),
    [
        ("convolved", (227, 11, 4), 55),  # Krizhevsky et al. 2012, the first layer
        ("transposed", (4, 2, 1, 0), 5),
        ("transposed", (3, 3, 2, 1), 5),
        ("multiplications", ((5, 5), 192, 32, (28, 28)), 120_422_400),
        ("parameters", ((11, 11), 3, 96), 34_944),
    ],
)
def test_known_numbers(formula: str, given: tuple[Any, ...], expected: int) -> None:
    assert getattr(geometry, formula)(*given) == expected


def test_a_bottleneck_of_16_filters_saves_nine_tenths() -> None:
    """Szegedy et al. 2015, §4: 1×1 before 5×5 on 28×28×192."""
    before = multiplications((1, 1), 192, 16, (28, 28))
    assert before + multiplications((5, 5), 16, 32, (28, 28)) == 12_443_648
