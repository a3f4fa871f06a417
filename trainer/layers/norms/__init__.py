"""Norms, one per file: `build(channels, dims)` for [N, C] (dims 1) or [N, C, H, W] (dims 2).

Each has a weight and a bias for every channel, but for `none` and the local response norms. Where
`dims` suits no norm of the kind, `build` raises BadRecipe.
"""

from torch import Tensor

from trainer.errors import BadRecipe


def images_only(name: str, dims: int) -> None:
    """Raises BadRecipe for rows [N, C]."""
    if dims == 1:
        message = "normalises over pixels, and this layer puts out rows; take layer, group or lrn"
        raise BadRecipe("model.norm", name, message)


def lone(x: Tensor) -> bool:
    """Whether [N, C, ...] has one value in each channel, of which no spread can be told."""
    return x.numel() == x.shape[1]
