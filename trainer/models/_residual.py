"""The networks of He et al. 2016, *Deep Residual Learning for Image Recognition*, §4.2.

conv → three stages of blocks of two 3×3 convolutions → head → output. The second and the third
stage begin with a stride of 2 and have twice the filters. Plain and residual networks are built
here alike, so that they differ in the skips alone.
"""

from collections.abc import Callable

from torch import Tensor, nn

from trainer.form import Form
from trainer.layers import activation
from trainer.models import needs_images, needs_one_target
from trainer.models._layers import (
    add_activation,
    add_dropout,
    add_features,
    add_layer,
    add_norm,
    append,
    convolution,
    output_of,
)
from trainer.recipe.models import Staged

STAGES = 3
Skip = Callable[[int, int, int], nn.Module]  # of (maps in, maps out, stride)


class Block(nn.Module):
    """f(branch(x) + shortcut(x)), f(branch(x)) without a shortcut: two convolutions, [N, C, H, W].

    f is the activation; with preactivation it is the identity, and each convolution comes after
    its norm and activation instead of before.
    """

    def __init__(
        self,
        chosen: Staged,
        maps: tuple[int, int],
        stride: int,
        skip: Skip | None,
        preactivation: bool,
    ) -> None:
        super().__init__()
        self.branch = (_pre if preactivation else _post)(chosen, maps, stride)
        self.shortcut = skip(*maps, stride) if skip else None
        self.end = nn.Identity() if preactivation else activation(chosen.activation)

    def forward(self, maps: Tensor) -> Tensor:
        found: Tensor = self.branch(maps)
        if self.shortcut is not None:
            found = found + self.shortcut(maps)
        ended: Tensor = self.end(found)
        return ended


def network(
    chosen: Staged, form: Form, *, skip: Skip | None, preactivation: bool = False
) -> nn.Sequential:
    """From images [N, C, H, W] to logits [N, outputs]; `skip` makes a block's shortcut."""
    needs_images(form, chosen)
    needs_one_target(form, chosen)
    depth, *sides = form.shape
    model = nn.Sequential()
    first, plain = convolution(depth, chosen.width, 3), not preactivation
    add_layer(model, 1, first, chosen, normed=plain, activated=plain)
    maps = chosen.width
    for number in range(1, STAGES + 1):
        filters, stride = chosen.width * 2 ** (number - 1), 1 if number == 1 else 2
        stage = nn.Sequential()
        for block in range(1, (chosen.depth - 2) // (2 * STAGES) + 1):
            made = Block(chosen, (maps, filters), stride, skip, preactivation)
            append(stage, f"block{block}", made)
            maps, stride = filters, 1
        append(model, f"stage{number}", stage)
    if preactivation:
        add_norm(model, 2, maps, chosen)
        add_activation(model, 2, chosen)
    height, width = (-(-side // 2 ** (STAGES - 1)) for side in sides)
    features = add_features(model, chosen, (maps, height, width))
    add_dropout(model, "dropout", chosen)
    append(model, "output", output_of(features, form.outputs, chosen))
    return model


def _post(chosen: Staged, maps: tuple[int, int], stride: int) -> nn.Sequential:
    """conv → norm → activation → conv → norm."""
    before, after = maps
    branch = nn.Sequential()
    add_layer(branch, 1, convolution(before, after, 3, stride=stride), chosen)
    add_layer(branch, 2, convolution(after, after, 3), chosen, activated=False)
    return branch


def _pre(chosen: Staged, maps: tuple[int, int], stride: int) -> nn.Sequential:
    """norm → activation → conv → norm → activation → conv."""
    before, after = maps
    branch = nn.Sequential()
    add_norm(branch, 0, before, chosen)
    add_activation(branch, 0, chosen)
    add_layer(branch, 1, convolution(before, after, 3, stride=stride), chosen)
    last = convolution(after, after, 3)
    add_layer(branch, 2, last, chosen, normed=False, activated=False)
    return branch
