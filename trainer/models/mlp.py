"""Fully connected layers."""

from math import prod

from torch import nn

from trainer.layers import ACTIVATIONS, initialise
from trainer.recipe.models import Mlp as Settings


class Mlp:
    """flatten → (fc → activation → dropout) for each hidden width → output."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """From inputs [N, *shape] to logits [N, classes]."""
        chosen = self.settings
        model = nn.Sequential()
        model.add_module("flatten", nn.Flatten())
        width = prod(shape)
        for number, hidden in enumerate(chosen.hidden, start=1):
            layer = nn.Linear(width, hidden)
            initialise(layer, chosen.init, chosen.activation)
            model.add_module(f"fc{number}", layer)
            model.add_module(f"{chosen.activation}{number}", ACTIVATIONS[chosen.activation]())
            if chosen.dropout:
                model.add_module(f"dropout{number}", nn.Dropout(chosen.dropout))
            width = hidden
        output = nn.Linear(width, classes)
        initialise(output, chosen.init, "linear")
        model.add_module("output", output)
        return model
