"""Whether numbers are still numbers: every step's loss, and the weights now and then."""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


def all_finite(tensors: Iterable[Tensor]) -> Tensor:
    """Whether no tensor holds a nan or an infinity: a boolean `[]` on the device, no host sync.

    Both ends of a tensor are nan where any number in it is, and the range costs no flags of its
    size.
    """
    found = [end for tensor in tensors if tensor.numel() for end in torch.aminmax(_real(tensor))]
    if not found:
        return torch.tensor(True)
    return torch.isfinite(torch.stack([end.to(found[0].device) for end in found])).all()


def _real(tensor: Tensor) -> Tensor:
    plain = tensor.detach()
    return torch.view_as_real(plain) if plain.is_complex() else plain


def first_non_finite(losses: Sequence[float], weights_finite: bool) -> int | None:
    """The first step, from 1, whose loss was not finite; the last one if only weights are not."""
    if all(map(math.isfinite, losses)):
        return None if weights_finite else max(len(losses), 1)
    return next(step for step, loss in enumerate(losses, 1) if not math.isfinite(loss))
