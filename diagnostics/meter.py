"""Measures one epoch of training, step by step, without ever waiting for the device.

Losses are kept of every step; update ratios and gradients of the epoch's first step and of every
`every`-th after it. What is on a device stays there until the epoch is closed.
"""

import math
from collections.abc import Sequence
from statistics import median

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from diagnostics.history import SignalValue, finite
from diagnostics.probes.finite import all_finite, first_non_finite
from diagnostics.probes.gradients import ZeroGradients, gradient_norms
from diagnostics.probes.layers import norms, weight_matrices
from diagnostics.probes.losses import Losses
from diagnostics.probes.pulse import Pulse
from diagnostics.probes.updates import copies, renew, update_ratios

SPARED = 4  # of so many sampled steps one has its loop watched: a few operations more


class Meter:
    """Made before the first step: the ratio of a step needs the weights from before it.

    In a `foreign` loop the loop itself may be at fault, which is watched too; and its epochs may be
    so short that what is due once an epoch would be dear: there it is due every `every` steps.
    """

    def __init__(
        self,
        model: nn.Module,
        every: int,
        *,
        optimizer: Optimizer | None = None,
        foreign: bool = True,
    ) -> None:
        self._model = model
        self._every = every
        self._layers = weight_matrices(model)
        self._weights = list(self._layers.values())
        self._before = copies(self._weights)
        self._steps = 0
        self._losses = Losses()
        self._ratios: list[Tensor] = []
        self._gradients: list[Tensor] = []
        self._zeros = ZeroGradients(model)
        self._foreign = foreign
        self._since = math.inf  # steps since the weights were measured
        self._samples = 0
        self._pulse = Pulse(model, optimizer) if foreign else None
        if self._pulse is not None:
            self._pulse.arm()

    def step(self, loss: Tensor | float) -> None:
        """After `optimizer.step()`: keep the loss, measure if this step is sampled.

        Raises ValueError where the loss is more than one number.
        """
        self._losses.add(loss)
        if self._sampled:
            self._ratios.append(update_ratios(self._before, self._weights))
            self._gradients.append(gradient_norms(self._weights))
            if self._pulse is None:
                self._zeros.see()
            elif self._samples % SPARED == 0:
                self._zeros.see()
                self._pulse.beat()
            self._samples += 1
        self._steps += 1
        self._copy_if_sampled()

    def close(self) -> dict[str, SignalValue]:
        """The epoch's signals, and a fresh epoch; the only place that waits for the device."""
        losses = self._losses.close()
        self._since += len(losses)
        short = self._foreign and len(losses) < self._every
        sizes = [] if short and self._since < self._every else self._sizes()
        signals = summary(
            list(self._layers),
            losses=losses,
            ratios=_listed(self._ratios),
            gradients=_listed(self._gradients),
            weight_norms=sizes[: len(self._weights)],
            weights_finite=not sizes or self._are_finite(sizes),
        )
        if shares := self._zeros.close():
            signals["zero_gradient_share"] = shares
        if not self._foreign:  # a run that is resumed begins with an epoch
            self._zeros.forget()
        if self._pulse is not None:
            signals |= self._pulse.close()
        if not short:
            self._steps = 0
        self._ratios.clear()
        self._gradients.clear()
        self._copy_if_sampled()
        return signals

    @property
    def _sampled(self) -> bool:
        """Whether the step to come, or the one just made, is measured."""
        return self._steps % self._every == 0 and bool(self._weights)

    def _copy_if_sampled(self) -> None:
        if self._sampled:
            renew(self._before, self._weights)
            if self._pulse is not None and self._samples % SPARED == 0:
                self._pulse.arm()

    def _sizes(self) -> list[float]:
        self._since = 0
        found: list[float] = norms([*self._weights, *self._others()]).tolist()
        return found

    def _others(self) -> list[Tensor]:
        """The parameters that are no layer's weights."""
        weights = set(map(id, self._weights))
        return [each for each in self._model.parameters() if id(each) not in weights]

    def _are_finite(self, norms: Sequence[float]) -> bool:
        """By the norms of all parameters; numbers that are finite can have one that is not."""
        return all(map(math.isfinite, norms)) or bool(all_finite(self._model.parameters()))


def summary(
    layers: Sequence[str],
    *,
    losses: Sequence[float],
    ratios: Sequence[Sequence[float]],
    gradients: Sequence[Sequence[float]],
    weight_norms: Sequence[float],
    weights_finite: bool,
) -> dict[str, SignalValue]:
    """An epoch's signals: of the loss of every step, and of the samples [n, L] and norms [L]."""
    signals: dict[str, SignalValue] = {}
    if losses:
        mean = _mean(losses)
        signals["train_loss"] = finite(mean)
        signals["loss_first"] = finite(losses[0])
        signals["loss_max"] = finite(max(losses)) if math.isfinite(mean) else None
        signals["loss_std"] = finite(_deviation(losses, mean))
        signals["steps"] = float(len(losses))
    if ratios:
        signals["update_ratio"] = _medians(layers, ratios)
        signals["gradient_norm"] = _medians(layers, gradients)
    if weight_norms:
        signals["weight_norm"] = dict(zip(layers, map(finite, weight_norms), strict=True))
    if (step := first_non_finite(losses, weights_finite)) is not None:
        signals["non_finite_step"] = float(step)
    return signals


def _medians(layers: Sequence[str], samples: Sequence[Sequence[float]]) -> dict[str, float | None]:
    columns = zip(*samples, strict=True)
    return {layer: _median(values) for layer, values in zip(layers, columns, strict=True)}


def _mean(losses: Sequence[float]) -> float:
    """Not finite where a loss is not, or where their sum leaves the range of a float."""
    try:
        return math.fsum(losses) / len(losses)
    except (OverflowError, ValueError):  # ValueError: both infinities are there
        return math.nan


def _deviation(losses: Sequence[float], mean: float) -> float:
    """Over the steps; not finite as the mean is not."""
    if not math.isfinite(mean):
        return math.nan
    try:
        return math.sqrt(sum((loss - mean) ** 2 for loss in losses) / len(losses))
    except OverflowError:
        return math.nan


def _listed(samples: Sequence[Tensor]) -> list[list[float]]:
    found: list[list[float]] = torch.stack(list(samples)).tolist() if samples else []
    return found


def _median(values: Sequence[float]) -> float | None:
    """Over the samples that are finite; None where none is."""
    found = list(filter(math.isfinite, values))
    return median(found) if found else None
