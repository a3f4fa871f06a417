"""Layers, their order and their names."""

import pytest
import torch
from torch import nn

from trainer.form import Form
from trainer.models.mlp import Mlp
from trainer.recipe.models import Mlp as Settings


def test_layers_have_names_that_verdicts_can_use() -> None:
    model = Mlp(Settings(hidden=[8, 4], activation="tanh", dropout=0.1)).build(Form((1, 2, 3), 5))
    assert [name for name, _ in model.named_children()] == [
        "flatten",
        "fc1",
        "tanh1",
        "dropout1",
        "fc2",
        "tanh2",
        "dropout2",
        "output",
    ]
    shapes = {n: tuple(p.shape) for n, p in model.named_parameters() if n.endswith("weight")}
    assert shapes == {"fc1.weight": (8, 6), "fc2.weight": (4, 8), "output.weight": (5, 4)}


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_parameters(dropout: float) -> None:
    """785·512 + 513·512 + 513·10: dropout has none."""
    model = Mlp(Settings(hidden=[512, 512], dropout=dropout)).build(Form((1, 28, 28), 10))
    assert sum(p.numel() for p in model.parameters()) == 669_706


def test_without_hidden_layers_it_is_linear() -> None:
    model = Mlp(Settings(hidden=[])).build(Form((2, 2), 3))
    assert isinstance(output := model.get_submodule("output"), nn.Linear)
    inputs = torch.randn(4, 2, 2)
    assert torch.equal(model(inputs), output(inputs.flatten(1)))
