"""A small convolutional network."""

from torch import nn

from trainer.form import Form
from trainer.models import needs_images, needs_one_target
from trainer.models._layers import (
    add_dropout,
    add_features,
    add_layer,
    append,
    convolution,
    output_of,
)
from trainer.recipe.models import SmallCnn as Settings


class SmallCnn:
    """(3×3 conv → norm → activation → 2×2 pooling) for each of `channels` → head → output."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From images [N, C, H, W] to logits [N, outputs]. A side of one pixel is not pooled."""
        chosen = self.settings
        needs_images(form, chosen)
        needs_one_target(form, chosen)
        depth, height, width = form.shape
        model = nn.Sequential()
        for number, channels in enumerate(chosen.channels, start=1):
            add_layer(model, number, convolution(depth, channels, 3), chosen)
            window = (min(2, height), min(2, width))
            append(model, f"pool{number}", nn.MaxPool2d(window))
            depth, height, width = channels, height // window[0], width // window[1]
        features = add_features(model, chosen, (depth, height, width))
        add_dropout(model, "dropout", chosen)
        append(model, "output", output_of(features, form.outputs, chosen))
        return model
