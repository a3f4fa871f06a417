"""What the augmentations of images share: refusing other inputs, chance, moving and blending."""

from collections.abc import Callable

import torch
from torch import Tensor

from trainer.errors import BadRecipe
from trainer.form import Form


def images_only(form: Form, name: str) -> None:
    """Raises BadRecipe where inputs are no images [C, H, W]."""
    if len(form.shape) != 3 or form.vocabulary is not None:
        kind = "token ids" if form.vocabulary is not None else f"of shape {list(form.shape)}"
        raise BadRecipe("augment", name, f"inputs are {kind}, not images [C, H, W]; leave it out")


def numbers_only(form: Form, name: str) -> None:
    """Raises BadRecipe where inputs are token ids."""
    if form.vocabulary is not None:
        message = "token ids are names, not amounts; leave it out"
        raise BadRecipe("augment", name, message)


def uniform(inputs: Tensor, low: float, high: float) -> Tensor:
    """One number for each sample, [B]."""
    return low + (high - low) * torch.rand(len(inputs), device=inputs.device)


def moved(
    move: Callable[[Tensor, str], Tensor], inputs: Tensor, targets: Tensor, form: Form
) -> tuple[Tensor, Tensor]:
    """The images, and their masks where they have some, under one `move(images, interpolation)`.

    Masks take the nearest pixel: between two classes there is none. Their float32 is exact for
    ids below 2²⁴.
    """
    images = move(inputs, "bilinear")
    if form.task != "segmentation":
        return images, targets
    masks = move(targets.unsqueeze(1).to(inputs.dtype), "nearest")
    return images, masks.squeeze(1).to(targets.dtype)


def blended(images: Tensor, other: Tensor | float, factors: Tensor) -> Tensor:
    """other + f·(image − other), each image by its own f, as PIL.ImageEnhance does it.

    Clipped to 0..1, or to what the batch spans where that is wider: inputs that are not of 0..1
    would be cut to nothing.
    """
    low, high = images.amin().clamp(max=0.0), images.amax().clamp(min=1.0)
    return (other + factors.view(-1, 1, 1, 1) * (images - other)).clamp(low, high)


def grey(images: Tensor) -> Tensor:
    """[B, C, H, W] → [B, 1, H, W]: luma of RGB (ITU-R BT.601, as PIL), else the mean channel."""
    if images.shape[1] != 3:
        return images.mean(dim=1, keepdim=True)
    red, green, blue = images.unbind(dim=1)
    return (0.299 * red + 0.587 * green + 0.114 * blue).unsqueeze(1)
