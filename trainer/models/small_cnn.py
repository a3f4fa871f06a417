"""A small convolutional network."""

from torch import nn

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.layers import activation, initialise, norm
from trainer.recipe.models import SmallCnn as Settings

KERNEL = 3


class SmallCnn:
    """(3×3 conv → norm → activation → 2×2 pooling) for each of `channels` → dropout → output."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From images [N, C, H, W] to logits [N, outputs]. A side of one pixel is not pooled."""
        if len(form.shape) != 3:
            message = f"takes images [C, H, W]; the data has {list(form.shape)}"
            raise BadRecipe("model.name", self.settings.name, message)
        chosen = self.settings
        depth, height, width = form.shape
        model = nn.Sequential()
        for number, channels in enumerate(chosen.channels, start=1):
            layer = nn.Conv2d(depth, channels, KERNEL, padding=KERNEL // 2)
            initialise(layer, chosen.init, chosen.activation)
            model.add_module(f"conv{number}", layer)
            if (normed := norm(chosen.norm, channels, dims=2)) is not None:
                model.add_module(f"{chosen.norm.name}{number}", normed)
            model.add_module(f"{chosen.activation.name}{number}", activation(chosen.activation))
            window = (min(2, height), min(2, width))
            model.add_module(f"pool{number}", nn.MaxPool2d(window))
            depth, height, width = channels, height // window[0], width // window[1]
        model.add_module("flatten", nn.Flatten())
        if chosen.dropout:
            model.add_module("dropout", nn.Dropout(chosen.dropout))
        output = nn.Linear(depth * height * width, form.outputs)
        initialise(output, chosen.init, None)
        model.add_module("output", output)
        return model
