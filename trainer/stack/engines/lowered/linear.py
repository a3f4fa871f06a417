"""Dense layers."""

import torch
from torch import Tensor, nn

from trainer.stack.build import Blocks, Stack


class Linear:
    """y = W x + b of every trial, x [K, F, N]. `path` is the layer's name in the stack."""

    def __init__(self, stack: Stack, path: str, module: nn.Linear) -> None:
        self._stack = stack
        self._weight, self._bias = f"{path}.weight", f"{path}.bias"
        self._biased = module.bias is not None
        self._inputs: Tensor | None = None

    def forward(self, x: Tensor, *, training: bool) -> Tensor:
        """Shared inputs [N, F] are multiplied by all trials' weights as one matrix [K·F', F]."""
        weight = self._stack.weights[self._weight].detach()
        self._inputs = x if training else None
        if x.ndim == 2:
            wide = weight.flatten(0, 1)
            found = wide @ x.T if not self._biased else torch.addmm(self._b(1), wide, x.T)
            return found.view(*weight.shape[:2], -1)
        if not self._biased:
            return torch.bmm(weight, x)
        return torch.baddbmm(self._b(2), weight, x)

    def backward(self, gradient: Tensor, found: Blocks) -> Tensor | None:
        """∂W = g xᵀ, ∂b = Σ g, ∂x = Wᵀ g; shared inputs need none."""
        x, self._inputs = self._inputs, None
        assert x is not None
        if self._biased:
            found[self._bias] = gradient.sum(dim=2)
        weight = self._stack.weights[self._weight].detach()
        if x.ndim == 2:
            found[self._weight] = (gradient.flatten(0, 1) @ x).view_as(weight)
            return None
        found[self._weight] = torch.bmm(gradient, x.mT)
        return torch.bmm(weight.mT, gradient)

    def _b(self, ndim: int) -> Tensor:
        """The biases as a column for [K·F', N] or [K, F', N]."""
        bias = self._stack.weights[self._bias].detach()
        return bias.view(-1, 1) if ndim == 1 else bias.unsqueeze(-1)


def lower(stack: Stack, path: str, module: nn.Module) -> Linear:
    """Of a layer of the template."""
    assert isinstance(module, nn.Linear)
    return Linear(stack, path, module)
