"""Losses with their gradients, of logits [K, C, N]."""

import torch
from torch import Tensor, nn

from trainer.errors import NotStackable
from trainer.losses.mse import Squared as Mse
from trainer.stack.build import Stack

SMOOTHING = ("loss_fn.loss", "label_smoothing")  # where it is found if it differs by trial


class CrossEntropy:
    """(1 − ε)·L + ε·U: L of the labels, U of all classes alike (Szegedy et al. 2016, §7).

    Its gradient is (softmax − q)/N, with q = (1 − ε) p + ε/C.
    """

    def __init__(self, stack: Stack, loss: nn.CrossEntropyLoss) -> None:
        self._stack, self._plain = stack, float(loss.label_smoothing)

    def train(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Mean losses [K] and their gradients by the outputs."""
        logs = torch.log_softmax(outputs, 1)
        losses = self._losses(logs, targets)
        gradient = logs.exp_()
        for share, wanted in self._wanted(outputs, targets):
            gradient.sub_(share * wanted)
        return losses, gradient.mul_(per_sample(outputs))

    def examine(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean losses [K]."""
        return self._losses(torch.log_softmax(outputs, 1), targets)

    def _losses(self, logs: Tensor, targets: Tensor) -> Tensor:
        if targets.is_floating_point():
            sharp = -(logs * targets.T).sum(dim=1).mean(dim=1)
        else:
            rows = targets.expand(len(logs), 1, -1)
            sharp = -logs.gather(1, rows).mean(dim=(1, 2))
        smoothing = self._stack.scalars.get(SMOOTHING)
        if smoothing is None and not self._plain:
            return sharp
        epsilon = self._plain if smoothing is None else smoothing
        return (1 - epsilon) * sharp - epsilon * logs.mean(dim=(1, 2))

    def _wanted(self, outputs: Tensor, targets: Tensor) -> list[tuple[Tensor | float, Tensor]]:
        """q as (factor, [C, N]), one or two of them."""
        wanted, even = shares(outputs, targets), outputs.new_tensor(1 / outputs.shape[1])
        smoothing = self._stack.scalars.get(SMOOTHING)
        if smoothing is None:
            return [(1.0, wanted.lerp(even, self._plain) if self._plain else wanted)]
        epsilon = smoothing.view(-1, 1, 1)
        return [(1 - epsilon, wanted), (epsilon, even)]


class Squared:
    """Mean over samples and outputs of (o − t)²; labels are taken as one-hot."""

    def train(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Mean losses [K] and their gradients by the outputs."""
        apart = outputs - shares(outputs, targets)
        losses = apart.square().mean(dim=(1, 2))
        return losses, apart.mul_(2 * per_sample(outputs) / outputs.shape[1])

    def examine(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean losses [K]."""
        return (outputs - shares(outputs, targets)).square().mean(dim=(1, 2))


def per_sample(outputs: Tensor) -> float:
    """1/N: each trial's loss is the mean over its samples, whatever the number of trials."""
    return 1 / outputs.shape[2]


def lower(stack: Stack, loss: nn.Module) -> CrossEntropy | Squared:
    """Raises NotStackable where the loss has no such form."""
    if isinstance(loss, nn.CrossEntropyLoss) and loss.weight is None:
        return CrossEntropy(stack, loss)
    if isinstance(loss, Mse):
        return Squared()
    raise NotStackable("loss", type(loss).__name__, "this loss has no form for stacks yet")


def shares(outputs: Tensor, targets: Tensor) -> Tensor:
    """What each class should get, [C, N]: shares as they are, labels as one-hot."""
    if targets.is_floating_point():
        return targets.T
    classes = torch.arange(outputs.shape[1], device=targets.device)
    return (classes[:, None] == targets).to(outputs.dtype)
