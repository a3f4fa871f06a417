"""Targets as what the outputs are compared with."""

from torch import Tensor
from torch.nn import functional as F


def shares(outputs: Tensor, targets: Tensor) -> Tensor:
    """Labels [N, ...] as one-hot [N, C, ...] in the outputs' type; all else as it is."""
    if targets.is_floating_point():
        return targets
    return F.one_hot(targets, outputs.shape[1]).movedim(-1, 1).to(outputs.dtype)
