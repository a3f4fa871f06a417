"""The two things that preprocessing does to an input: shift and scale, or a change of axes."""

from math import prod

import torch
from torch import Tensor, nn

from trainer.errors import BadRecipe
from trainer.form import Form

MOST_FEATURES = 4096  # with a matrix of that many columns: 128 MiB of float64 while it is fitted


class Scaling(nn.Module):
    """(x − mean) / std for x [N, *form.shape]; both buffers broadcast to one input."""

    mean: Tensor
    std: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("std", torch.ones(shape))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


class Projection(nn.Module):
    """(x − mean) @ matrix for the flattened x [N, D], given back in the shape of x."""

    mean: Tensor
    matrix: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("matrix", torch.eye(features))

    def forward(self, x: Tensor) -> Tensor:
        return ((x.flatten(1) - self.mean) @ self.matrix).view_as(x)


def numbers(form: Form, name: str) -> tuple[int, ...]:
    """The shape of one input. Raises BadRecipe where inputs are token ids."""
    if form.vocabulary is not None:
        raise BadRecipe("preprocess", name, "token ids are names, not amounts; use `none`")
    return form.shape


def channels(form: Form, name: str) -> tuple[int, ...]:
    """[C, 1, 1] of an image [C, H, W]. Raises BadRecipe where inputs are no images."""
    shape = numbers(form, name)
    if len(shape) != 3:
        message = f"inputs of shape {list(shape)} have no channels; use `standardise`"
        raise BadRecipe("preprocess", name, message)
    return shape[0], 1, 1


def projection(form: Form, name: str, components: int | None) -> Projection:
    """Raises BadRecipe where there are too many features, or fewer than are to be kept."""
    features = prod(numbers(form, name))
    if features > MOST_FEATURES:
        message = f"{features} features are too many for {name} (at most {MOST_FEATURES}); "
        raise BadRecipe("preprocess", name, message + "use `channel_standardise` or smaller inputs")
    if components is not None and components > features:
        message = f"there are {features} features; keep at most as many"
        raise BadRecipe("preprocess.components", components, message)
    return Projection(features)
