"""The gradient of the loss, layer by layer, as the optimizer saw it (after any clipping)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from diagnostics.probes.layers import norms, weight_matrices

WINDOW = 8  # sampled steps before a weight without gradient is counted: dropout and small batches
LOOKED_UP = (nn.Embedding, nn.EmbeddingBag)
ROWS_ARE_UNITS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)  # weights [units, inputs, ...]


def gradient_norms(weights: Sequence[Tensor]) -> Tensor:
    """‖∂L/∂w‖ of each weight, `[L]`, on the device; nan where a weight has no gradient."""
    return norms(_gradient(weight) for weight in weights)


class ZeroGradients:
    """Which weights had a gradient of exactly zero at every sampled step of a window.

    Inputs of a layer from which no unit gets any gradient are left out: they are zero themselves,
    as in bags of words and at the edge of images. So are embeddings, whose rows wait for their
    token, and layers whose gradient was missing or sparse at a step.
    """

    def __init__(self, model: nn.Module) -> None:
        looked_up = {id(_weight(m)) for m in model.modules() if isinstance(m, LOOKED_UP)}
        known = {id(_weight(m)) for m in model.modules() if isinstance(m, ROWS_ARE_UNITS)}
        found = weight_matrices(model).items()
        self._weights = {n: w for n, w in found if id(w) in known - looked_up}
        self._moved: dict[str, Tensor] = {}  # where a gradient was not zero
        self._steps = 0

    @torch.no_grad()
    def see(self) -> None:
        """After a step; never waits for the device."""
        for name, weight in list(self._weights.items()):
            gradient = weight.grad
            if gradient is None or gradient.layout is not torch.strided:
                del self._weights[name]
                self._moved.pop(name, None)
            elif name in self._moved:
                self._moved[name].bitwise_or_(gradient != 0)
            else:
                self._moved[name] = gradient != 0
        self._steps += 1

    @torch.no_grad()
    def close(self) -> dict[str, float | None]:
        """Layer → share, and a fresh window; none before it is full. Waits for the device.

        None either where all is zero: the loop has cleared its gradients, or none arrives at all.
        """
        if self._steps < WINDOW or not self._moved:
            return {}
        each = [_share(moved).to("cpu") for moved in self._moved.values()]
        shares: dict[str, float | None] = dict(
            zip(self._moved, torch.stack(each).tolist(), strict=True)
        )
        self.forget()
        return {} if set(shares.values()) == {1.0} else shares

    def forget(self) -> None:
        """A fresh window, whatever was seen."""
        self._steps = 0
        self._moved.clear()


def _weight(module: nn.Module) -> Tensor | None:
    """As it is stored: a parametrised one would be computed, and spectral norm go on by that."""
    return module._parameters.get("weight")


def _share(moved: Tensor) -> Tensor:
    """Of the zeros in `[units, inputs, ...]`, `[]`; 1 where nothing moved."""
    rows = moved.flatten(1)
    count = len(rows) * rows.any(0).sum()
    return torch.where(count > 0, 1 - rows.sum() / count.clamp_min(1), 1.0)


def _gradient(weight: Tensor) -> Tensor:
    return torch.full_like(weight[:1], torch.nan) if weight.grad is None else weight.grad
