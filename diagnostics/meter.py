"""Measures one epoch of training, step by step, without ever waiting for the device.

Losses are kept of every step; update ratios and gradient norms of the epoch's first step and of
every `every`-th after it. Everything stays on the device until the epoch is closed.
"""

import math
from collections.abc import Sequence
from statistics import median

import torch
from torch import Tensor, nn

from diagnostics.history import SignalValue, finite
from diagnostics.probes.finite import all_finite, first_non_finite
from diagnostics.probes.gradients import gradient_norms
from diagnostics.probes.layers import norms, weight_matrices
from diagnostics.probes.updates import copies, update_ratios

BLOCK = 1024  # losses joined into one tensor: a scalar of its own takes 512 bytes on a GPU


class Meter:
    """Made before the first step: the ratio of a step needs the weights from before it."""

    def __init__(self, model: nn.Module, every: int) -> None:
        self._model = model
        self._every = every
        self._weights = weight_matrices(model)
        self._steps = 0
        self._blocks: list[Tensor] = []
        self._losses: list[Tensor] = []
        self._ratios: list[Tensor] = []
        self._gradients: list[Tensor] = []
        self._copy_if_next_is_sampled()

    def step(self, loss: Tensor | float) -> None:
        """After `optimizer.step()`: keep the loss, measure if this step is sampled.

        Raises ValueError where the loss is more than one number.
        """
        self._losses.append(_scalar(loss))
        if len(self._losses) == BLOCK:
            self._blocks.append(torch.stack(self._losses))
            self._losses = []
        if self._before is not None:
            self._ratios.append(update_ratios(self._before, list(self._weights.values())))
            self._gradients.append(gradient_norms(list(self._weights.values())))
        self._steps += 1
        self._copy_if_next_is_sampled()

    def close(self) -> dict[str, SignalValue]:
        """The epoch's signals, and a fresh epoch; the only place that waits for the device."""
        signals = summary(
            list(self._weights),
            losses=self._all_losses(),
            ratios=_listed(self._ratios),
            gradients=_listed(self._gradients),
            weight_norms=norms(self._weights.values()).tolist(),
            weights_finite=bool(all_finite(self._model.parameters())),
        )
        self._open()
        return signals

    def _open(self) -> None:
        self._steps = 0
        for kept in (self._blocks, self._losses, self._ratios, self._gradients):
            kept.clear()
        self._copy_if_next_is_sampled()

    def _copy_if_next_is_sampled(self) -> None:
        sampled = self._weights and self._steps % self._every == 0
        self._before = copies(list(self._weights.values())) if sampled else None

    def _all_losses(self) -> list[float]:
        rest = [torch.stack(self._losses)] if self._losses else []
        return [loss for block in [*self._blocks, *rest] for loss in block.tolist()]


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
        signals["train_loss"] = finite(math.fsum(losses) / len(losses))
        signals["loss_first"] = finite(losses[0])
        signals["loss_max"] = finite(max(losses)) if _all_numbers(losses) else None
    if ratios:
        signals["update_ratio"] = _medians(layers, ratios)
        signals["gradient_norm"] = _medians(layers, gradients)
    if layers:
        signals["weight_norm"] = dict(zip(layers, map(finite, weight_norms), strict=True))
    if (step := first_non_finite(losses, weights_finite)) is not None:
        signals["non_finite_step"] = float(step)
    return signals


def _medians(layers: Sequence[str], samples: Sequence[Sequence[float]]) -> dict[str, float | None]:
    columns = zip(*samples, strict=True)
    return {layer: _median(values) for layer, values in zip(layers, columns, strict=True)}


def _listed(samples: Sequence[Tensor]) -> list[list[float]]:
    found: list[list[float]] = torch.stack(list(samples)).tolist() if samples else []
    return found


def _scalar(loss: Tensor | float) -> Tensor:
    value = torch.as_tensor(loss).detach()
    if value.numel() != 1:
        raise ValueError(f"step() takes one loss; this one has the shape {list(value.shape)}")
    return value.reshape(()).clone()  # the caller may reuse its tensor (CUDA graphs do)


def _all_numbers(losses: Sequence[float]) -> bool:
    return all(math.isfinite(loss) for loss in losses)


def _median(values: Sequence[float]) -> float | None:
    """Over the samples that are finite; None where none is."""
    found = [value for value in values if math.isfinite(value)]
    return median(found) if found else None
