"""The norm of the loss gradient, layer by layer, as the optimizer saw it (after any clipping)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from diagnostics.probes.layers import norms


def gradient_norms(weights: Sequence[Tensor]) -> Tensor:
    """‖∂L/∂w‖ of each weight, `[L]`, on the device; nan where a weight has no gradient."""
    return norms(_gradient(weight) for weight in weights)


def _gradient(weight: Tensor) -> Tensor:
    return torch.full_like(weight[:1], torch.nan) if weight.grad is None else weight.grad
