"""A small network over time."""

from torch import nn

from sitter_waves.settings import FilterBank as Settings
from trainer.errors import BadRecipe
from trainer.form import Form


class FilterBank:
    """conv over time → ReLU → largest answer of each filter → output."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From signals [N, C, T] to logits [N, outputs]."""
        if len(form.shape) != 2:
            message = f"takes signals [C, T]; the data has {list(form.shape)}"
            raise BadRecipe("model.name", self.settings.name, message)
        chosen = self.settings
        model = nn.Sequential()
        padding = chosen.width // 2
        model.add_module("conv", nn.Conv1d(form.shape[0], chosen.filters, chosen.width, 1, padding))
        model.add_module("relu", nn.ReLU())
        model.add_module("largest", nn.AdaptiveMaxPool1d(1))
        model.add_module("flatten", nn.Flatten())
        model.add_module("output", nn.Linear(chosen.filters, form.outputs))
        return model
