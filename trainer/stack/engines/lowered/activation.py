"""Activations: functions of each number alone."""

import torch
from torch import Tensor, nn

from trainer.errors import NotStackable
from trainer.stack.build import Blocks, Stack

KINDS = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.SiLU, nn.GELU, nn.ELU, nn.SELU)


class Relu:
    """In place: what comes from the layer before is not needed any more."""

    def __init__(self) -> None:
        self._outputs: Tensor | None = None

    def forward(self, x: Tensor, *, training: bool) -> Tensor:
        """max(x, 0)."""
        found = x.relu_()
        self._outputs = found if training else None
        return found

    def backward(self, gradient: Tensor, found: Blocks) -> Tensor:
        """Zero where the outputs are, as torch has it; a gradient that is not finite is kept."""
        outputs, self._outputs = self._outputs, None
        assert outputs is not None
        mine: Tensor = torch.ops.aten.threshold_backward.grad_input(
            gradient, outputs, 0, grad_input=gradient
        )
        return mine


class Elementwise:
    """Any other: autograd knows its derivative."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._graph: tuple[Tensor, Tensor] | None = None  # inputs, outputs

    def forward(self, x: Tensor, *, training: bool) -> Tensor:
        """f(x)."""
        with torch.set_grad_enabled(training):
            inputs = x.detach().requires_grad_(training)
            outputs: Tensor = self._module(inputs)
        self._graph = (inputs, outputs) if training else None
        return outputs.detach()

    def backward(self, gradient: Tensor, found: Blocks) -> Tensor:
        """f'(x)·g."""
        assert self._graph is not None
        inputs, outputs = self._graph
        self._graph = None
        mine: Tensor = torch.autograd.grad(outputs, inputs, gradient)[0]
        return mine


def lower(stack: Stack, path: str, module: nn.Module) -> Relu | Elementwise:
    """Raises NotStackable where a number in it differs between the trials."""
    for owner, name in stack.scalars:
        if owner == path:
            raise NotStackable(f"{path}.{name}", type(module).__name__, "it differs by trial")
    return Relu() if isinstance(module, nn.ReLU) else Elementwise(module)
