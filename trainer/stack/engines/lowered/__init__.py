"""Forward and backward written out for chains of layers, without autograd and without copies.

What runs between the layers is [K, F, N], features before samples: the weights' own layout [K, out,
in] then multiplies from the left in both directions, and no result has to be turned round.

linear.py       one wide product on the inputs that all trials share, batched products behind it
activation.py   ReLU in place; others by their own derivative
dropout.py      the masks that the single loop draws
batch_norm.py   flat: K·F channels of one batch norm
losses.py       the loss and its gradient at once
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from trainer.errors import NotStackable
from trainer.layers.norms.batch import BatchNorm
from trainer.losses._heads import WithHeads
from trainer.stack.build import Blocks, Stack
from trainer.stack.dropout import SharedMasks
from trainer.stack.engines.lowered import activation, batch_norm, dropout, linear, losses

MODEL = "model."  # how `Trained` calls what is in the model


class Layer(Protocol):
    """One layer of all trials. `forward` in training keeps what `backward` needs."""

    def forward(self, x: Tensor, *, training: bool) -> Tensor:
        """[K, F, N] → [K, F', N]; the first linear layer takes the shared inputs [N, F]."""

    def backward(self, gradient: Tensor, found: Blocks) -> Tensor | None:
        """By its outputs → by its inputs; None of the shared inputs. `found` gets the weights'.

        May use the gradient's memory for what it returns.
        """


Lower = Callable[[Stack, str, nn.Module], Layer]
LAYERS: dict[type[nn.Module], Lower] = {
    nn.Linear: linear.lower,
    BatchNorm: batch_norm.lower,
    SharedMasks: dropout.lower,
}
LAYERS |= dict.fromkeys(activation.KINDS, activation.lower)


class Lowered:
    """A chain: flatten, linear layers and what stands between them, and a loss."""

    def __init__(self, stack: Stack) -> None:
        self._layers = [
            _lowered(stack, MODEL + name, module)
            for name, module in _chain(stack.template.model)
            if not isinstance(module, nn.Flatten)
        ]
        self._loss = losses.lower(stack, _loss_of(stack.template.loss_fn))

    @torch.no_grad()
    def train(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Blocks]:
        """See `Engine`."""
        outputs = self._forward(inputs, training=True)
        found, gradient = self._loss.train(outputs, targets)
        gradients: Blocks = {}
        last: Tensor | None = gradient
        for layer in reversed(self._layers):
            assert last is not None
            last = layer.backward(last, gradients)
        return found, outputs.mT, gradients

    @torch.no_grad()
    def examine(self, inputs: Tensor, targets: Tensor, at_once: int) -> tuple[Tensor, Tensor]:
        """See `Engine`."""
        pieces = torch.split(inputs, at_once)
        outputs = torch.cat([self._forward(piece, training=False) for piece in pieces], dim=2)
        return self._loss.examine(outputs, targets), outputs.mT

    def _forward(self, inputs: Tensor, *, training: bool) -> Tensor:
        x = inputs.flatten(1)
        for layer in self._layers:
            x = layer.forward(x, training=training)
        return x


def _chain(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """The layers, one after another. Raises NotStackable where they are no such chain."""
    if type(model) is not nn.Sequential:
        raise NotStackable("model", type(model).__name__, "it is no chain of layers")
    layers = list(model.named_children())
    kinds = [type(layer) for _, layer in layers]
    if nn.Linear not in kinds or set(kinds[: kinds.index(nn.Linear)]) - {nn.Flatten}:
        raise NotStackable("model", type(model).__name__, "it does not begin with a linear layer")
    return layers


def _lowered(stack: Stack, path: str, module: nn.Module) -> Layer:
    kind = LAYERS.get(type(module))
    if kind is None:
        raise NotStackable(path, type(module).__name__, "this layer has no form for stacks yet")
    return kind(stack, path, module)


def _loss_of(loss_fn: nn.Module) -> nn.Module:
    assert isinstance(loss_fn, WithHeads)
    return loss_fn.loss
