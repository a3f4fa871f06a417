"""The loss of a model before its first update, and what the class shares alone would reach."""

import math
from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor, nn

from diagnostics.probes.modes import regularisation_off

LossFn = Callable[[Tensor, Tensor], Tensor]
Sample = tuple[Tensor, Tensor]  # inputs and targets, row by row


@torch.no_grad()
def forward(
    model: nn.Module, loss_fn: LossFn, inputs: Tensor, targets: Tensor
) -> tuple[float, Tensor]:
    """Loss (regularisation off, not finite if it is not) and outputs; the model is left as it was.

    `loss_fn(outputs, targets)` is a scalar mean over the samples.
    """
    with regularisation_off(model):
        outputs = model(inputs)
        return float(loss_fn(outputs, targets)), outputs


def classes(outputs: Tensor, targets: Tensor) -> int | None:
    """C where outputs are `[N, C]` (or `[N, C, ...]`) and targets integer labels, else None."""
    labelled = (
        not targets.is_floating_point() and targets.shape == outputs.shape[:1] + outputs.shape[2:]
    )
    return outputs.shape[1] if labelled and outputs.ndim >= 2 and outputs.shape[1] > 1 else None


def prior_entropy(labels: Tensor) -> float:
    """−Σ p log p of the labels' shares, in nat: the loss of the best constant prediction."""
    counts = Counter(labels.flatten().tolist()).values()
    total = sum(counts)
    return -math.fsum(n / total * math.log(n / total) for n in counts) + 0.0
