"""Dropout in its four kinds."""

import pytest
import torch
from torch import nn

from trainer.layers import dropout
from trainer.menu import KINDS
from trainer.recipe import entries
from trainer.recipe.layers import Activation, Selu

ACTIVATIONS = [None, *KINDS["activation"].names()]


def ones(module: nn.Module) -> torch.Tensor:
    torch.manual_seed(0)
    dropped: torch.Tensor = module(torch.ones(100, 50, 4, 4))
    return dropped


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("spatial", [False, True])
def test_the_activation_and_the_form_decide_the_kind(name: str | None, spatial: bool) -> None:
    activation = None if name is None else entries(Activation)[name]()
    made = dropout(0.3, spatial=spatial, activation=activation)
    kinds = {
        (False, False): nn.Dropout,
        (False, True): nn.Dropout2d,
        (True, False): nn.AlphaDropout,
        (True, True): nn.FeatureAlphaDropout,
    }
    assert type(made) is kinds[name == "selu", spatial]
    assert torch.equal(made.eval()(torch.ones(2, 3, 4, 4)), torch.ones(2, 3, 4, 4))


@pytest.mark.parametrize("rate", [0.1, 0.5])
@pytest.mark.parametrize("spatial", [False, True])
def test_the_share_that_is_dropped_and_the_mean_that_stays(rate: float, spatial: bool) -> None:
    dropped = ones(dropout(rate, spatial=spatial))
    assert (dropped == 0).float().mean().item() == pytest.approx(rate, abs=0.02)
    assert dropped.max().item() == pytest.approx(1 / (1 - rate))
    channels = dropped.flatten(2)
    whole = torch.equal(channels.amin(dim=2), channels.amax(dim=2))
    assert whole == spatial


@pytest.mark.parametrize("spatial", [False, True])
def test_alpha_dropout_keeps_mean_and_variance(spatial: bool) -> None:
    torch.manual_seed(0)
    normal = torch.randn(400, 100, 4, 4)
    dropped = dropout(0.2, spatial=spatial, activation=Selu())(normal)
    assert dropped.mean().item() == pytest.approx(0.0, abs=0.03)
    assert dropped.var().item() == pytest.approx(1.0, abs=0.03)
    assert not (dropped == 0).any()
    changed = (dropped.flatten(2).amin(dim=2) == dropped.flatten(2).amax(dim=2)).float().mean()
    assert changed.item() == pytest.approx(0.2 if spatial else 0.0, abs=0.02)
