"""Trains a copy of a model on a few minibatches, which any sound model must learn by heart.

Source: CS231n, "Babysitting the learning process": overfit a tiny subset before anything else.
"""

import copy
import math
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from diagnostics.history import SignalValue, finite
from diagnostics.probes.initial import LossFn, classes
from diagnostics.probes.modes import regularisation_off

FITTED = 0.01  # share of the first loss below which more passes would show nothing new

Batch = tuple[Tensor, Tensor]
MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]


def overfit(
    model: nn.Module,
    loss_fn: LossFn,
    batches: Sequence[Batch],
    *,
    optimizer: MakeOptimizer,
    passes: int,
    labelled: bool = True,
) -> dict[str, SignalValue]:
    """`subset_loss` and, for integer labels, `subset_accuracy`: before training, after each pass.

    `labelled`: the largest output is the class, where outputs and targets have such shapes.
    `batches` (5 to 10 of them) are visited in the order given. Dropout is off; `optimizer` makes
    one from the parameters of the copy, without weight decay. Ends early when everything is
    learned (loss below 1 % of the first, accuracy 1) or the loss is no longer finite. The model
    and the random generators are left as they were.
    """
    if not batches:
        raise ValueError("overfit needs at least one batch")
    with regularisation_off(model):
        pupil = copy.deepcopy(model)
        pupil.zero_grad()  # the copy brought the gradients along
        chosen = optimizer([p for p in pupil.parameters() if p.requires_grad])
        scores = [_score(pupil, loss_fn, batches, labelled)]
        while len(scores) <= passes and not _over(scores):
            _one_pass(pupil, loss_fn, batches, chosen)
            scores.append(_score(pupil, loss_fn, batches, labelled))
    return _signals(scores)


def _one_pass(
    model: nn.Module, loss_fn: LossFn, batches: Sequence[Batch], optimizer: Optimizer
) -> None:
    with torch.enable_grad():
        for inputs, targets in batches:
            optimizer.zero_grad()
            torch.autograd.backward(loss_fn(model(inputs), targets))
            optimizer.step()


@torch.no_grad()
def _score(
    model: nn.Module, loss_fn: LossFn, batches: Sequence[Batch], labelled: bool
) -> tuple[float, float | None]:
    """Loss and accuracy over all samples; no accuracy where targets are not class labels."""
    losses, right, samples, labels = [], 0, 0, 0
    for inputs, targets in batches:
        outputs = model(inputs)
        losses.append(float(loss_fn(outputs, targets)) * len(targets))
        samples += len(targets)
        if labelled and classes(outputs, targets) is not None:
            right += int((outputs.argmax(dim=1) == targets).sum())
            labels += targets.numel()
    return math.fsum(losses) / samples, right / labels if labels else None


def _over(scores: Sequence[tuple[float, float | None]]) -> bool:
    (first, _), (last, accuracy) = scores[0], scores[-1]
    return not math.isfinite(last) or (last < FITTED * first and accuracy in (None, 1.0))


def _signals(scores: Sequence[tuple[float, float | None]]) -> dict[str, SignalValue]:
    signals: dict[str, SignalValue] = {"subset_loss": [finite(loss) for loss, _ in scores]}
    if scores[0][1] is not None:
        signals["subset_accuracy"] = [accuracy for _, accuracy in scores]
    return signals
