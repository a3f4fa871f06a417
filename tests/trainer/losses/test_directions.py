"""Embeddings without a direction, in every loss that compares directions."""

import math

import pytest
import torch
from torch import Tensor, nn

from trainer.form import Form
from trainer.menu import part
from trainer.recipe import Recipe

LOSSES = [
    *({"name": "triplet", "miner": miner} for miner in ("all", "hard", "semihard")),
    {"name": "contrastive"},
    {"name": "arcface"},
]
LABELS = torch.arange(12) % 3


def made(loss: dict[str, str]) -> nn.Module:
    torch.manual_seed(0)
    chosen = Recipe.model_validate({"loss": loss | {"dimensions": 4}}).loss
    built: nn.Module = part("loss", chosen).build(Form((8,), 3))
    return built


def embeddings() -> Tensor:
    return torch.randn(12, 4, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("broken", [math.nan, math.inf, 1e30])
@pytest.mark.parametrize("rows", [slice(None), slice(1)], ids=["all", "one"])
def test_a_diverged_models_loss_is_nan(loss: dict[str, str], broken: float, rows: slice) -> None:
    x = embeddings()
    x[rows] = broken
    assert made(loss)(x, LABELS).isnan()


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("rows", [slice(None), slice(1)], ids=["all", "one"])
def test_of_length_zero_loss_and_gradient_are_finite(loss: dict[str, str], rows: slice) -> None:
    x = embeddings()
    x[rows] = 0.0
    x.requires_grad_()
    found = made(loss)(x, LABELS)
    found.backward()
    assert found.isfinite()
    assert x.grad is not None
    assert x.grad.isfinite().all()
    assert not x.grad[rows].any()
