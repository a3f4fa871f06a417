"""LeNet-5."""

from torch import nn

from trainer.form import Form
from trainer.models import needs_images, needs_one_target
from trainer.models._layers import (
    POOLS,
    add_dropout,
    add_features,
    add_layer,
    append,
    convolution,
    output_of,
)
from trainer.recipe.models import Lenet5 as Settings

SIDE = 32  # pixels of the paper's images: 28×28 digits with a margin of 2
FILTERS = (6, 16)
DENSE = (120, 84)


class Lenet5:
    """(5×5 conv → activation → 2×2 pooling) twice → head → (fc → activation) twice → output.

    32×32 → 28×28×6 → 14×14×6 → 10×10×16 → 5×5×16 → 400 → 120 → 84 → outputs. LeCun, Bottou,
    Bengio and Haffner, *Gradient-Based Learning Applied to Document Recognition*, 1998, §II.B,
    whose C5 is dense at this size. A norm follows the convolutions; dropout is after each fc.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From images [N, C, H, W] to logits [N, outputs]."""
        chosen = self.settings
        needs_images(form, chosen)
        needs_one_target(form, chosen)
        depth, *sides = form.shape
        model = nn.Sequential()
        if min(sides) < SIDE:
            append(model, "pad", _margin(*sides))
        sides = [max(side, SIDE) for side in sides]
        for number, filters in enumerate(FILTERS, start=1):
            add_layer(model, number, convolution(depth, filters, 5, pad=False), chosen)
            append(model, f"pool{number}", POOLS[chosen.pool](2))
            depth, sides = filters, [(side - 4) // 2 for side in sides]
        features = add_features(model, chosen, (depth, sides[0], sides[1]))
        for number, width in enumerate(DENSE, start=len(FILTERS) + 1):
            add_layer(model, number, nn.Linear(features, width), chosen, normed=False)
            add_dropout(model, f"dropout{number}", chosen)
            features = width
        append(model, "output", output_of(features, form.outputs, chosen))
        return model


def _margin(height: int, width: int) -> nn.ZeroPad2d:
    """Up to `SIDE`, half on each side."""
    rows, columns = max(0, SIDE - height), max(0, SIDE - width)
    return nn.ZeroPad2d((columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
