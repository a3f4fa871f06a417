"""Whether numbers are still numbers: every step's loss, and the weights now and then."""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


def all_finite(tensors: Iterable[Tensor]) -> Tensor:
    """Whether no tensor holds a nan or an infinity: a boolean `[]` on the device, no host sync."""
    found = [torch.isfinite(tensor.detach()).all() for tensor in tensors]
    if not found:
        return torch.tensor(True)
    return torch.stack([flag.to(found[0].device) for flag in found]).all()


def first_non_finite(losses: Sequence[float], weights_finite: bool) -> int | None:
    """The first step, from 1, whose loss was not finite; the last one if only weights are not."""
    for step, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            return step
    return None if weights_finite else max(len(losses), 1)
