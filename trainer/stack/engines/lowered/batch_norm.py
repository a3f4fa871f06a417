"""Batch norm, flat: the trials' channels side by side are the K·F channels of one batch norm."""

import torch
from torch import Tensor, nn

from trainer.errors import NotStackable
from trainer.layers.norms.batch import BatchNorm
from trainer.stack.build import Blocks, Stack

Saved = tuple[Tensor, Tensor, Tensor, bool]  # x [1, K·F, N], mean, 1/deviation, by the batch's own


class Flat:
    """Normalises [K, F, N] over N; statistics are kept in the stack's own blocks."""

    def __init__(self, stack: Stack, path: str, module: BatchNorm) -> None:
        self._stack, self._path, self._norm = stack, f"{path}.norm", module.norm
        self._saved: Saved | None = None

    def forward(self, x: Tensor, *, training: bool) -> Tensor:
        """A batch of one sample is normalised by the moving statistics; see BatchNorm."""
        norm, own = self._norm, training and x.shape[2] > 1
        flat = x.reshape(1, -1, x.shape[2])
        weights, moving = self._weights(), self._moving()
        found, mean, scale = torch.native_batch_norm(
            flat, *weights, *moving, own, norm.momentum or 0.0, norm.eps
        )
        if own:
            self._stack.rest[f"{self._path}.num_batches_tracked"].add_(1)
        self._saved = (flat, mean, scale, own) if training else None
        return found.view_as(x)

    def backward(self, gradient: Tensor, found: Blocks) -> Tensor:
        """By torch's own formula."""
        assert self._saved is not None
        flat, mean, scale, own = self._saved
        self._saved = None
        weight, bias = (self._stack.weights[f"{self._path}.{n}"] for n in ("weight", "bias"))
        before, by_weight, by_bias = torch.ops.aten.native_batch_norm_backward(
            gradient.reshape(flat.shape),
            flat,
            self._weights()[0],
            *self._moving(),
            mean,
            scale,
            own,
            self._norm.eps,
            [True, True, True],
        )
        found[f"{self._path}.weight"] = by_weight.view_as(weight)
        found[f"{self._path}.bias"] = by_bias.view_as(bias)
        mine: Tensor = before.view_as(gradient)
        return mine

    def _weights(self) -> tuple[Tensor, Tensor]:
        weight, bias = (self._stack.weights[f"{self._path}.{n}"] for n in ("weight", "bias"))
        return weight.detach().view(-1), bias.detach().view(-1)

    def _moving(self) -> tuple[Tensor, Tensor]:
        """Views of the blocks, so that they are updated in place."""
        mean, var = (self._stack.rest[f"{self._path}.running_{n}"] for n in ("mean", "var"))
        return mean.view(-1), var.view(-1)


def lower(stack: Stack, path: str, module: nn.Module) -> Flat:
    """Raises NotStackable for a norm without weights or without moving statistics."""
    assert isinstance(module, BatchNorm)
    norm = module.norm
    if not (norm.affine and norm.track_running_stats and norm.momentum is not None):
        raise NotStackable(path, type(norm).__name__, "it keeps no statistics or has no weights")
    return Flat(stack, path, module)
