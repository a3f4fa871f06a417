"""Fully connected layers."""

from math import prod

from torch import nn

from trainer.form import Form
from trainer.models import needs_numbers, needs_one_target
from trainer.models._layers import add_dropout, add_layer, append, output_of
from trainer.recipe.models import Mlp as Settings


class Mlp:
    """flatten → (fc → norm → activation → dropout) for each hidden width → output."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From inputs [N, *form.shape] to logits [N, form.outputs]."""
        chosen = self.settings
        needs_numbers(form, chosen)
        needs_one_target(form, chosen)
        model = nn.Sequential()
        append(model, "flatten", nn.Flatten())
        width = prod(form.shape)
        for number, hidden in enumerate(chosen.hidden, start=1):
            add_layer(model, number, nn.Linear(width, hidden), chosen)
            add_dropout(model, f"dropout{number}", chosen)
            width = hidden
        append(model, "output", output_of(width, form.outputs, chosen))
        return model
