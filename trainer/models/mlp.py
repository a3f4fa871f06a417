"""Fully connected layers."""

from math import prod

from torch import nn

from trainer.form import Form
from trainer.layers import activation, initialise, norm
from trainer.recipe.models import Mlp as Settings


class Mlp:
    """flatten → (fc → norm → activation → dropout) for each hidden width → output."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From inputs [N, *form.shape] to logits [N, form.outputs]."""
        chosen = self.settings
        model = nn.Sequential()
        model.add_module("flatten", nn.Flatten())
        width = prod(form.shape)
        for number, hidden in enumerate(chosen.hidden, start=1):
            layer = nn.Linear(width, hidden)
            initialise(layer, chosen.init, chosen.activation)
            model.add_module(f"fc{number}", layer)
            if (normed := norm(chosen.norm, hidden, dims=1)) is not None:
                model.add_module(f"{chosen.norm.name}{number}", normed)
            model.add_module(f"{chosen.activation.name}{number}", activation(chosen.activation))
            if chosen.dropout:
                model.add_module(f"dropout{number}", nn.Dropout(chosen.dropout))
            width = hidden
        output = nn.Linear(width, form.outputs)
        initialise(output, chosen.init, None)
        model.add_module("output", output)
        return model
