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
def update_ratios(before: Sequence[Tensor], after: Sequence[Tensor]) -> Tensor:
    """‖after − before‖ / ‖before‖ for each pair, `[L]`, on the device; no host sync.

    Not finite where the weights were all zero: a ratio to nothing is no measurement.
    """
    changes = norms(new.detach() - old for new, old in zip(after, before, strict=True))
    return changes / norms(before)
