"""Initialisations have the statistics of their papers."""

import math

import pytest
import torch
from torch import nn

from trainer import layers as built
from trainer.menu import KINDS
from trainer.recipe import entries
from trainer.recipe.layers import Activation, Init

GAINS = {"relu": math.sqrt(2), "tanh": 5 / 3, "sigmoid": 1.0, "linear": 1.0}
CONV = (64, 128)  # channels in and out, 3×3


def layers() -> list[tuple[nn.Linear | nn.Conv2d, int, int]]:
    """Layer, fan in, fan out."""
    linear, conv = nn.Linear(512, 1024), nn.Conv2d(*CONV, 3)
    return [(linear, 512, 1024), (conv, CONV[0] * 9, CONV[1] * 9)]


def initialise(layer: nn.Module, init: str, activation: str) -> None:
    """By the names of a recipe; `linear` for an output."""
    follows = None if activation == "linear" else entries(Activation)[activation]()
    built.initialise(layer, entries(Init)[init](), follows)


def test_he() -> None:
    for layer, fan_in, _ in layers():
        initialise(layer, "he", "tanh")
        assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / fan_in), rel=0.02)
        assert layer.weight.mean().item() == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("activation", GAINS)
def test_xavier(activation: str) -> None:
    for layer, fan_in, fan_out in layers():
        initialise(layer, "xavier", activation)
        bound = GAINS[activation] * math.sqrt(6 / (fan_in + fan_out))
        assert bound * 0.99 < layer.weight.abs().max().item() <= bound
        assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.02)


def test_zeros() -> None:
    for layer, _, _ in layers():
        initialise(layer, "zeros", "relu")
        assert not layer.weight.any()


@pytest.mark.parametrize("init", KINDS["init"].names())
def test_biases_start_at_zero_and_may_be_missing(init: str) -> None:
    for layer, _, _ in layers():
        initialise(layer, init, "relu")
        assert layer.bias is not None
        assert not layer.bias.any()
    initialise(nn.Linear(3, 3, bias=False), init, "relu")


def test_the_global_generator_decides() -> None:
    drawn = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        layer = nn.Linear(4, 4)
        initialise(layer, "he", "relu")
        drawn.append(layer.weight)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
