"""U-Net: an answer for every pixel."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.layers import dropout, initialise
from trainer.models import needs_images
from trainer.models._layers import add_layer, convolution
from trainer.recipe.models import Unet as Settings


class Unet:
    """Ronneberger, Fischer and Brox 2015, *U-Net*, figure 1.

    Down: two 3×3 convolutions, 2×2 max pooling, twice the maps; up: a 2×2 transposed convolution to
    half the maps, the maps of the same level on the way down, cropped and joined, two 3×3
    convolutions; in the end a 1×1 convolution.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """From images [N, C, H, W] to logits [N, outputs, H, W]."""
        chosen = self.settings
        needs_images(form, chosen)
        if form.task != "segmentation":
            message = f"puts out an answer for every pixel; the data is for {form.task}"
            raise BadRecipe("model.name", chosen.name, message)
        return _Network(chosen, form)


class _Network(nn.Module):
    """`down1`, `down2`, … and, from the deepest back, … `up2`, `up1`."""

    def __init__(self, chosen: Settings, form: Form) -> None:
        super().__init__()
        maps, *sides = form.shape
        self.size = tuple(side_needed(side, chosen.depth, chosen.padding) for side in sides)
        self.depth = chosen.depth
        widths = [chosen.width * 2**level for level in range(chosen.depth + 1)]
        for level, width in enumerate(widths, start=1):
            self.add_module(f"down{level}", _pair(chosen, maps, width))
            maps = width
        self.pool = nn.MaxPool2d(2)
        self.dropout = _dropout(chosen)
        for level in range(chosen.depth, 0, -1):
            self.add_module(f"up{level}", Up(chosen, widths[level - 1]))
        self.output = nn.Conv2d(chosen.width, form.outputs, 1)
        initialise(self.output, chosen.init, None)

    def forward(self, images: Tensor) -> Tensor:
        maps = mirrored(images, self.size)
        skips = []
        for level in range(1, self.depth + 1):
            skips.append(self.get_submodule(f"down{level}")(maps))
            maps = self.pool(skips[-1])
        maps = self.dropout(self.get_submodule(f"down{self.depth + 1}")(maps))
        for level in range(self.depth, 0, -1):
            maps = self.get_submodule(f"up{level}")(maps, skips[level - 1])
        return cropped(self.output(maps), images.shape[2:])


class Up(nn.Module):
    """Maps [N, 2·width, H, W] and the skip [N, width, ≥ 2H, ≥ 2W] → [N, width, 2H, 2W] (`same`)."""

    def __init__(self, chosen: Settings, width: int) -> None:
        super().__init__()
        self.widen = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        initialise(self.widen, chosen.init, None)  # figure 1 has no activation after it
        self.pair = _pair(chosen, 2 * width, width)

    def forward(self, maps: Tensor, skip: Tensor) -> Tensor:
        widened = self.widen(maps)
        joined = torch.cat([cropped(skip, widened.shape[2:]), widened], dim=1)
        found: Tensor = self.pair(joined)
        return found


def side_needed(side: int, depth: int, padding: str) -> int:
    """The least side of an image that goes through evenly and comes out as `side` or more.

    Halved `depth` times it has to be whole. Unpadded, the convolutions take 4 pixels of a side at
    each level: out of t pixels in the middle of the bottom come 2^depth·t − 4·(2^depth − 1), of
    2^depth·t + 8·2^depth − 4 that went in (572 → 388 in the paper: depth 4, t = 28).
    """
    step = 1 << depth
    if padding == "same":
        return -(-side // step) * step
    middle = -(-(side + 4 * (step - 1)) // step)
    return step * (middle + 4) + 4 * (step - 1)


def mirrored(images: Tensor, size: Sequence[int]) -> Tensor:
    """[N, C, H, W] → [N, C, *size], mirrored at its borders as often as needed (figure 2).

    torch's own reflection cannot be longer than the image.
    """
    for dim, side in enumerate(size, start=2):
        if (missing := side - images.shape[dim]) > 0:
            places = torch.arange(-(missing // 2), side - missing // 2, device=images.device)
            images = images.index_select(dim, _reflected(places, images.shape[dim]))
    return images


def cropped(maps: Tensor, size: Sequence[int]) -> Tensor:
    """[N, C, H, W] → [N, C, *size]: the middle."""
    top, left = ((have - wanted) // 2 for have, wanted in zip(maps.shape[2:], size, strict=True))
    return maps[:, :, top : top + size[0], left : left + size[1]]


def _reflected(places: Tensor, side: int) -> Tensor:
    """Places on a line of mirror images, … 1 0 | 0 1 2 | 2 1 …, as places on the image."""
    turned = places % (2 * side)
    return torch.minimum(turned, 2 * side - 1 - turned)


def _pair(chosen: Settings, before: int, after: int) -> nn.Sequential:
    pad = chosen.padding == "same"
    pair = nn.Sequential()
    add_layer(pair, 1, convolution(before, after, 3, pad=pad), chosen)
    add_layer(pair, 2, convolution(after, after, 3, pad=pad), chosen)
    return pair


def _dropout(chosen: Settings) -> nn.Module:
    if not chosen.dropout:
        return nn.Identity()
    return dropout(chosen.dropout, spatial=chosen.spatial_dropout, activation=chosen.activation)
