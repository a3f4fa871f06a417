"""The update ratio ‖Δw‖/‖w‖ of one optimizer step, layer by layer.

Source: CS231n, "Babysitting the learning process", ratio of weights to updates: about 1e-3.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from diagnostics.probes.layers import norms


def copies(weights: Sequence[Tensor]) -> list[Tensor]:
    """The weights as they are now, to be compared with after the step."""
    return [weight.detach().clone() for weight in weights]


@torch.no_grad()
def renew(before: list[Tensor], weights: Sequence[Tensor]) -> None:
    """The same in the tensors that an earlier step has left."""
    torch._foreach_copy_(before, list(weights))


@torch.no_grad()
def update_ratios(before: list[Tensor], after: Sequence[Tensor]) -> Tensor:
    """‖after − before‖ / ‖before‖ for each pair, `[L]`, on the device; no host sync.

    `before` is used up: the difference takes its place, as memory for another is dear. Not finite
    where the weights were all zero: a ratio to nothing is no measurement.
    """
    sizes = norms(before)
    torch._foreach_sub_(before, list(after))
    return norms(before) / sizes
