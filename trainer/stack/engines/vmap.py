"""Forward and backward of all trials of a stack, by torch.func: it covers any model."""

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from trainer.errors import NotStackable
from trainer.stack.build import Blocks, Stack
from trainer.stack.engines import Outputs
from trainer.stack.scalars import Key, seen


class Vmap:
    """The template computes one trial, and torch.func turns that into all of them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def train(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Outputs, Blocks]:
        """See `Engine`. Raises NotStackable where the model does what torch.func cannot batch."""
        self.stack.template.train()
        losses, outputs = forward(self.stack, inputs, targets)
        return losses.detach(), outputs, backward(self.stack, losses)

    @torch.no_grad()
    def examine(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """See `Engine`."""
        self.stack.template.model.eval()
        losses, outputs = forward(self.stack, inputs, targets)
        assert isinstance(outputs, Tensor)  # several heads put out in training mode only
        return losses, outputs


def forward(stack: Stack, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Outputs]:
    """Mean losses [K] and outputs [K, N, ...] of one batch."""

    def alone(weights: Blocks, rest: Blocks, scalars: dict[Key, Tensor]) -> tuple[Tensor, Outputs]:
        state = {**weights, **rest}
        with seen(stack.template, scalars):
            found: tuple[Tensor, Outputs] = functional_call(
                stack.template, state, (inputs, targets)
            )
        _return(rest, state)
        return found

    try:
        losses, outputs = vmap(alone, randomness="same")(stack.weights, stack.rest, stack.scalars)
    except RuntimeError as error:
        if "vmap" not in str(error):
            raise
        reason = str(error).partition("\n")[0]
        raise NotStackable("model", type(stack.trials[0].model).__name__, reason) from error
    return losses, outputs


def backward(stack: Stack, losses: Tensor) -> Blocks:
    """The gradients [K, ...] of each trial's own loss; weights that had no part in it have none."""
    for weight in stack.weights.values():
        weight.grad = None
    torch.autograd.backward(total(losses))
    weights = stack.weights.items()
    return {name: weight.grad for name, weight in weights if weight.grad is not None}


def _return(rest: Blocks, state: Blocks) -> None:
    """Buffers that the model replaced by new tensors, instead of changing them in place."""
    with torch.no_grad():
        for name, block in rest.items():
            if state[name] is not block:
                block.copy_(state[name])


def total(losses: Tensor) -> Tensor:
    """The sum: no trial's gradient depends on how many there are."""
    return losses.sum()
