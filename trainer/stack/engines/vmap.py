"""Forward and backward of all trials of a stack, by torch.func: it covers any model."""

from collections.abc import Callable
from typing import Any

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
    def examine(self, inputs: Tensor, targets: Tensor, at_once: int) -> tuple[Tensor, Tensor]:
        """See `Engine`. The loss is that of all samples: of weighted ones it is no sum."""
        self.stack.template.model.eval()
        pieces = torch.split(inputs, at_once)
        outputs = torch.cat([judged(self.stack, piece) for piece in pieces], dim=1)
        return losses_of(self.stack, outputs, targets), outputs


def forward(stack: Stack, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Outputs]:
    """Mean losses [K] and outputs [K, N, ...] of one batch."""
    template = stack.template
    found: tuple[Tensor, Outputs] = batched(
        stack, lambda state: functional_call(template, state, (inputs, targets))
    )
    return found


def judged(stack: Stack, inputs: Tensor) -> Tensor:
    """Outputs [K, N, ...] alone: one tensor, as several heads put out in training mode only."""
    model = stack.template.model
    found: Tensor = batched(
        stack, lambda state: functional_call(model, within(state, "model."), (inputs,))
    )
    return found


def losses_of(stack: Stack, outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean losses [K] of outputs [K, N, ...]."""
    loss_fn = stack.template.loss_fn
    found: Tensor = batched(
        stack,
        lambda state, own: functional_call(loss_fn, within(state, "loss_fn."), (own, targets)),
        outputs,
    )
    return found


def batched(stack: Stack, compute: Callable[..., Any], *given: Tensor) -> Any:
    """What `compute` makes of each trial's state and of its rows of what is given, stacked."""

    def alone(weights: Blocks, rest: Blocks, scalars: dict[Key, Tensor], *own: Tensor) -> Any:
        state = {**weights, **rest}
        with seen(stack.template, scalars):
            found = compute(state, *own)
        _return(rest, state)
        return found

    blocks = stack.weights, stack.rest, stack.scalars
    try:
        return vmap(alone, randomness="same")(*blocks, *given)
    except RuntimeError as error:
        if "vmap" not in str(error):
            raise
        reason = str(error).partition("\n")[0]
        raise NotStackable("model", type(stack.trials[0].model).__name__, reason) from error


def within(state: Blocks, prefix: str) -> Blocks:
    """What a part of the template has, by its own names."""
    return {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}


def backward(stack: Stack, losses: Tensor) -> Blocks:
    """The gradients [K, ...] of each trial's own loss; weights that had no part in it have none."""
    torch.autograd.backward(total(losses))
    found = {n: w.grad for n, w in stack.weights.items() if w.grad is not None}
    for weight in stack.weights.values():
        weight.grad = None  # so that whoever has used a gradient up frees it
    return found


def _return(rest: Blocks, state: Blocks) -> None:
    """Buffers that the model replaced by new tensors, instead of changing them in place."""
    with torch.no_grad():
        for name, block in rest.items():
            if state[name] is not block:
                block.copy_(state[name])


def total(losses: Tensor) -> Tensor:
    """The sum: no trial's gradient depends on how many there are."""
    return losses.sum()
