"""The block that GoogLeNet is made of."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from trainer.models._layers import add_layer, append, convolution
from trainer.recipe.models import Inception as Settings

Kernel = tuple[int, int]
POINT: Kernel = (1, 1)  # sees one pixel, through all maps
KERNELS: dict[str, tuple[list[Kernel], list[Kernel]]] = {  # what stands for 3×3, and for 5×5
    "v1": ([(3, 3)], [(5, 5)]),  # Szegedy et al. 2015, figure 2b
    "v2": ([(3, 3)], [(3, 3), (3, 3)]),  # Szegedy et al. 2016, figure 5
    "v3": ([(1, 3), (3, 1)], [(1, 5), (5, 1)]),  # there, §3.2: 1×n, then n×1
}


@dataclass(frozen=True)
class Filters:
    """Of each branch; `bottleneck` are its 1×1 ones (Szegedy et al. 2015, table 1)."""

    one: int
    three_bottleneck: int
    three: int
    five_bottleneck: int
    five: int
    pool: int

    @classmethod
    def of(cls, width: int) -> "Filters":
        """In the proportions of GoogLeNet's first block, whose `width` is 16."""
        return cls(4 * width, 6 * width, 8 * width, width, 2 * width, 2 * width)

    @property
    def total(self) -> int:
        """What the block puts out."""
        return self.one + self.three + self.five + self.pool


class Block(nn.Module):
    """[N, inputs, H, W] → [N, filters.total, H, W]: four branches, joined along the depth.

    1×1 · 1×1 → 3×3 · 1×1 → 5×5 · 3×3 max pooling → 1×1. `chosen.block` says what stands for the
    3×3 and the 5×5.
    """

    def __init__(self, chosen: Settings, inputs: int, filters: Filters) -> None:
        super().__init__()
        three, five = KERNELS[chosen.block]
        self.one = _branch(chosen, inputs, [POINT], [filters.one])
        self.three = _narrow_branch(chosen, inputs, three, filters.three_bottleneck, filters.three)
        self.five = _narrow_branch(chosen, inputs, five, filters.five_bottleneck, filters.five)
        self.pool = _branch(chosen, inputs, [POINT], [filters.pool], pooled=True)

    def forward(self, maps: Tensor) -> Tensor:
        branches = (self.one, self.three, self.five, self.pool)
        return torch.cat([branch(maps) for branch in branches], dim=1)


def _narrow_branch(
    chosen: Settings, inputs: int, kernels: list[Kernel], narrow: int, filters: int
) -> nn.Sequential:
    """A 1×1 bottleneck, then the kernels, of which the last widens.

    Were it the first, two 3×3 from 16 maps to 32 would have more weights than the 5×5.
    """
    widths = [narrow] * len(kernels) + [filters]
    return _branch(chosen, inputs, [POINT, *kernels], widths)


def _branch(
    chosen: Settings,
    inputs: int,
    kernels: list[Kernel],
    filters: list[int],
    *,
    pooled: bool = False,
) -> nn.Sequential:
    """3×3 max pooling, if `pooled`, then a convolution of each kernel."""
    branch = nn.Sequential()
    if pooled:
        append(branch, "pool", nn.MaxPool2d(3, stride=1, padding=1))
    for number, (kernel, width) in enumerate(zip(kernels, filters, strict=True), start=1):
        add_layer(branch, number, convolution(inputs, width, kernel), chosen)
        inputs = width
    return branch
