"""Dropout, by the masks that the single loop would draw."""

import torch
from torch import Tensor, nn

from trainer.stack.build import Blocks, Stack
from trainer.stack.dropout import SharedMasks

Masks = list[Tensor]  # [F, N] of each rate


class Dropout:
    """x·s + t, with s and t drawn once for each of the rates; see SharedMasks."""

    def __init__(self, stack: Stack, path: str, module: SharedMasks) -> None:
        self._stack, self._key, self._module = stack, (path, "which"), module
        self._scale: Tensor | None = None

    def forward(self, x: Tensor, *, training: bool) -> Tensor:
        """Evaluation leaves x as it is."""
        if not training:
            return x
        scales, shifts = self._module.masks(x.new_ones(x.shape[:0:-1]))
        self._scale = self._own(scales)
        found = x * self._scale
        return found if shifts is None else found.add_(self._own(shifts))

    def backward(self, gradient: Tensor, found: Blocks) -> Tensor:
        """s·g."""
        scale, self._scale = self._scale, None
        assert scale is not None
        return gradient.mul_(scale)

    def _own(self, masks: Masks) -> Tensor:
        """[F, N] for all trials where they have one rate, else [K, F, N]."""
        turned = [mask.T for mask in masks]
        which = self._stack.scalars.get(self._key)
        return turned[0] if which is None else torch.stack(turned).index_select(0, which)


def lower(stack: Stack, path: str, module: nn.Module) -> Dropout:
    """Of what the template has in place of its dropout."""
    assert isinstance(module, SharedMasks)
    return Dropout(stack, path, module)
