"""A small GoogLeNet."""

from math import prod

from torch import Tensor, nn

from trainer.form import Form
from trainer.models import needs_images, needs_one_target
from trainer.models._inception import Block, Filters
from trainer.models._layers import (
    add_dropout,
    add_features,
    add_layer,
    append,
    convolution,
    output_of,
)
from trainer.recipe.models import Inception as Settings

STEM = 12  # filters before the first block, in units of `width`: GoogLeNet's 192
AUXILIARY_POOL = (5, 3)  # side and stride (Szegedy et al. 2015, §5)
AUXILIARY = (8, 64)  # 1×1 filters and dense units of an auxiliary head, in `width`: 128 and 1024
Shape = tuple[int, int, int]


class Inception:
    """3×3 conv → groups of blocks, halved in between → head → output.

    Szegedy et al. 2015, *Going Deeper with Convolutions*, table 1, without its stem for 224×224.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From images [N, C, H, W] to logits [N, outputs].

        In training mode with auxiliary heads a list of logits: the output's, then the heads', the
        deepest first.
        """
        needs_images(form, self.settings)
        needs_one_target(form, self.settings)
        return _Network(self.settings, form)


class _Network(nn.Module):
    def __init__(self, chosen: Settings, form: Form) -> None:
        super().__init__()
        self.body, shapes = _body(chosen, form)
        self.auxiliary = nn.ModuleDict(
            {block: _auxiliary(chosen, shapes[block], form.outputs) for block in _tapped(chosen)}
        )
        self.head = nn.Sequential()
        features = add_features(self.head, chosen, shapes[f"block{len(shapes)}"])
        add_dropout(self.head, "dropout", chosen)
        self.output = output_of(features, form.outputs, chosen)

    def forward(self, maps: Tensor) -> Tensor | list[Tensor]:
        heads = []
        for name, part in self.body.named_children():
            maps = part(maps)
            if self.training and name in self.auxiliary:
                heads.append(self.auxiliary[name](maps))
        logits: Tensor = self.output(self.head(maps))
        return [logits, *reversed(heads)] if heads else logits


def _body(chosen: Settings, form: Form) -> tuple[nn.Sequential, dict[str, Shape]]:
    """And what each block puts out: `block1` → (C, H, W)."""
    depth, height, width = form.shape
    body = nn.Sequential()
    shapes: dict[str, Shape] = {}
    maps = STEM * chosen.width
    add_layer(body, 1, convolution(depth, maps, 3), chosen)
    for group, blocks in enumerate(chosen.blocks):
        if group:
            append(body, f"pool{group}", nn.MaxPool2d(3, stride=2, padding=1))
            height, width = (height + 1) // 2, (width + 1) // 2
        filters = Filters.of(chosen.width * 2**group)
        for _ in range(blocks):
            name = f"block{len(shapes) + 1}"
            append(body, name, Block(chosen, maps, filters))
            maps = filters.total
            shapes[name] = (maps, height, width)
    return body, shapes


def _tapped(chosen: Settings) -> list[str]:
    """The blocks before an auxiliary head: even shares of all, as GoogLeNet's 3rd and 6th of 9."""
    blocks, shares = sum(chosen.blocks), chosen.auxiliary + 1
    return [f"block{blocks * share // shares}" for share in range(1, shares)]


def _auxiliary(chosen: Settings, shape: Shape, outputs: int) -> nn.Sequential:
    """Average pooling → 1×1 conv → fc → dropout → output (Szegedy et al. 2015, §5)."""
    maps, *sides = shape
    filters, units = (times * chosen.width for times in AUXILIARY)
    side, stride = AUXILIARY_POOL
    window = [min(side, n) for n in sides]
    left = prod((n - f) // stride + 1 for n, f in zip(sides, window, strict=True))
    model = nn.Sequential()
    append(model, "pool", nn.AvgPool2d((window[0], window[1]), stride))
    add_layer(model, 1, convolution(maps, filters, 1), chosen, normed=False)
    append(model, "flatten", nn.Flatten())
    add_layer(model, 2, nn.Linear(filters * left, units), chosen, normed=False)
    add_dropout(model, "dropout", chosen)
    append(model, "output", output_of(units, outputs, chosen))
    return model
