"""The loss of every step of an epoch, kept without ever waiting for the device."""

import torch
from torch import Tensor

BLOCK = 1024  # losses joined into one tensor: a scalar of its own takes 512 bytes on a GPU


class Losses:
    """In the order of the steps. On the CPU there is nothing to wait for: they are read at once."""

    def __init__(self) -> None:
        self._read: list[float] = []
        self._blocks: list[Tensor] = []
        self._waiting: list[Tensor] = []

    def add(self, loss: Tensor | float) -> None:
        """Of one more step. Raises ValueError where it is more than one number."""
        value = loss if isinstance(loss, Tensor) else torch.tensor(float(loss), dtype=torch.float64)
        if value.numel() != 1:
            raise ValueError(f"step() takes one loss; this one has the shape {list(value.shape)}")
        if value.is_cpu and not (self._blocks or self._waiting):
            self._read.append(value.item())
            return
        # A copy, since the caller may use its tensor again (CUDA graphs do).
        self._waiting.append(value.detach().clone().reshape(()))
        if len(self._waiting) == BLOCK:
            self._blocks.append(torch.stack(self._waiting))
            self._waiting.clear()

    def close(self) -> list[float]:
        """All of them, and a fresh epoch; waits for the device."""
        rest = [torch.stack(self._waiting)] if self._waiting else []
        found = self._read + [loss for block in [*self._blocks, *rest] for loss in block.tolist()]
        for kept in (self._read, self._blocks, self._waiting):
            kept.clear()
        return found
