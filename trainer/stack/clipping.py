"""Gradient clipping, as trainer.optimizers.clip, for each trial by its own limits."""

from collections.abc import Sequence

import torch
from torch import Tensor

from trainer.recipe.optimizers import Optimizer
from trainer.stack.build import Blocks, column

ROUNDING = 1e-6  # torch adds it to the norm, so that a gradient of zero divides


class Clipping:
    """`by_value` and `by_norm` [K]; infinite where a trial has no limit, None where none has."""

    def __init__(self, settings: Sequence[Optimizer], like: Tensor) -> None:
        self.by_value = _limits([each.clip_value for each in settings], like)
        self.by_norm = _limits([each.clip_norm for each in settings], like)

    def __call__(self, gradients: Blocks) -> None:
        """In place; without a wait for the device."""
        if self.by_value is not None:
            for gradient in gradients.values():
                most = column(self.by_value, gradient)
                gradient.clamp_(-most, most)
        if self.by_norm is not None:
            factors = self.by_norm / (total_norms(gradients) + ROUNDING)
            factors = torch.where(self.by_norm.isinf(), 1.0, factors.clamp(max=1.0))
            for gradient in gradients.values():
                gradient.mul_(column(factors, gradient))


def total_norms(gradients: Blocks) -> Tensor:
    """Each trial's, of all its gradients together, [K]."""
    norms = [torch.linalg.vector_norm(each.flatten(1), dim=1) for each in gradients.values()]
    together: Tensor = torch.linalg.vector_norm(torch.stack(norms), dim=0)
    return together


def _limits(found: Sequence[float | None], like: Tensor) -> Tensor | None:
    if all(limit is None for limit in found):
        return None
    limits = [torch.inf if limit is None else limit for limit in found]
    return torch.tensor(limits, dtype=like.dtype, device=like.device)
