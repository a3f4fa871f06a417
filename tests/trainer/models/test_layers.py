"""A convolution's size and weights, a norm that takes the bias, and the heads."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from trainer.models._layers import add_features, add_layer, convolution, output_of
from trainer.recipe.layers import Batch, Lrn, None_
from trainer.recipe.models import Mlp, SmallCnn


def test_the_first_layer_of_alexnet() -> None:
    """Krizhevsky et al. 2012, §3.5, on 227×227: (227 − 11)/4 + 1 = 55."""
    layer = convolution(3, 96, 11, stride=4, pad=False)
    assert layer(torch.zeros(1, 3, 227, 227)).shape == (1, 96, 55, 55)
    assert sum(p.numel() for p in layer.parameters()) == (11 * 11 * 3 + 1) * 96


@given(
    side=st.integers(1, 40),
    kernel=st.integers(1, 9),
    stride=st.integers(1, 5),
    pad=st.booleans(),
)
def test_size_and_parameters(side: int, kernel: int, stride: int, pad: bool) -> None:
    side = max(side, kernel)
    padding = kernel // 2 if pad else 0
    layer = convolution(2, 3, (kernel, 1), stride=stride, pad=pad)
    found = layer(torch.zeros(1, 2, side, 4))
    assert found.shape[2:] == ((side + 2 * padding - kernel) // stride + 1, 3 // stride + 1)
    assert sum(p.numel() for p in layer.parameters()) == (kernel * 2 + 1) * 3


@pytest.mark.parametrize(
    ("settings", "names", "biased"),
    [
        (Mlp(norm=None_()), ["fc3", "relu3"], True),
        (Mlp(norm=Lrn()), ["fc3", "lrn3", "relu3"], True),
        (Mlp(norm=Batch()), ["fc3", "batch3", "relu3"], False),
    ],
    ids=["none", "lrn", "batch"],
)
def test_a_norm_with_a_shift_takes_the_bias(settings: Mlp, names: list[str], biased: bool) -> None:
    model, layer = nn.Sequential(), nn.Linear(4, 2)
    add_layer(model, 3, layer, settings)
    assert [name for name, _ in model.named_children()] == names
    assert (layer.bias is not None) == biased
    assert ("fc3.bias" in model.state_dict()) == biased


def pixels(maps: Tensor) -> Tensor:
    return maps.flatten(2)


@pytest.mark.parametrize(
    ("head", "expected", "count"),
    [("flatten", None, 60), ("average", "mean", 3), ("max", "amax", 3)],
    ids=["flatten", "average", "max"],
)
def test_heads(head: Any, expected: str | None, count: int) -> None:
    maps = torch.randn(2, 3, 4, 5)
    model = nn.Sequential()
    assert add_features(model, SmallCnn(head=head), (3, 4, 5)) == count
    wanted = getattr(pixels(maps), expected)(dim=2) if expected else maps.flatten(1)
    torch.testing.assert_close(model(maps), wanted)


def test_the_output_begins_without_a_bias() -> None:
    layer = output_of(4, 3, Mlp())
    assert layer.weight.shape == (3, 4)
    assert not layer.bias.any()
