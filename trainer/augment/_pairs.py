"""What the augmentations that mix two samples share."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Beta

from trainer.errors import BadRecipe
from trainer.form import Form


def mixable(targets: Tensor, form: Form, name: str) -> Tensor:
    """Float targets that can be averaged: labels [B] become shares of the classes [B, outputs].

    Shares, of a sample that is mixed already, and numbers to predict stay as they are. Raises
    BadRecipe where targets are masks.
    """
    if form.task == "segmentation":
        raise BadRecipe("augment", name, "masks are not mixed; use flip, rotate or scale")
    if targets.is_floating_point():
        return targets
    return F.one_hot(targets, form.outputs).to(torch.get_default_dtype())


def partners(inputs: Tensor) -> Tensor:
    """For each sample of the batch another, or itself, [B]."""
    return torch.randperm(len(inputs), device=inputs.device)


def beta(inputs: Tensor, alpha: float) -> Tensor:
    """λ from Beta(α, α) for each sample, [B].

    Drawn in float64, which torch's CPU kernel uses in any case: λ is the ratio of two gammas, and
    where α is small both may underflow, which gives λ = ½.
    """
    both = inputs.new_full((len(inputs),), alpha, dtype=torch.float64)
    return Beta(both, both, validate_args=False).sample().to(inputs.dtype)


def mixed(first: Tensor, second: Tensor, kept: Tensor) -> Tensor:
    """λ·first + (1 − λ)·second, each sample by its own λ = `kept`."""
    share = kept.to(first.dtype).view(-1, *[1] * (first.ndim - 1))
    return torch.lerp(second, first, share)
