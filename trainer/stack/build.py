"""K models as one: every parameter and buffer is one contiguous block [K, *shape].

Each trial keeps its own model, made as the single path makes it, whose tensors are views of the
blocks. So any trial can be examined, exported and restored by what does so for a single model.
"""

import copy
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from trainer.errors import NotStackable
from trainer.setup import Setup
from trainer.stack.dropout import share_masks
from trainer.stack.scalars import Key, differing, fullest, smooth

Blocks = dict[str, Tensor]
Name = TypeVar("Name")


class Trained(nn.Module):
    """A model and its loss: everything that may have weights."""

    def __init__(self, model: nn.Module, loss_fn: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.loss_fn = loss_fn

    def forward(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor | list[Tensor]]:
        """The mean loss [] and what the model puts out."""
        outputs = self.model(inputs)
        return self.loss_fn(outputs, targets), outputs


class Stack:
    """Blocks by the names of `Trained`.

    `weights` are trained, `rest` are buffers and frozen weights, `scalars` the numbers that differ
    between the trials: (module, attribute) → [K]. `template` computes one trial; its own tensors
    are never used.
    """

    def __init__(self, setups: Sequence[Setup]) -> None:
        self.trials: list[Trained] = []
        self.scalars: dict[Key, Tensor] = {}
        self.weights: Blocks = {}
        self.rest: Blocks = {}
        self.join(setups)

    def __len__(self) -> int:
        return len(self.trials)

    def keep(self, slots: Sequence[int]) -> None:
        """Only these trials go on. The models of the others keep what they had."""
        self.trials = [self.trials[slot] for slot in slots]
        compact(self.weights, slots)
        compact(self.rest, slots)
        compact(self.scalars, slots)
        self._own()

    def join(self, setups: Sequence[Setup]) -> None:
        """More trials, behind those that are there. Raises NotStackable, changing nothing."""
        self._form(self.trials + [Trained(setup.model, setup.loss_fn) for setup in setups])

    def _form(self, trials: list[Trained]) -> None:
        """Blocks of what the trials hold now."""
        _check_alike(trials)
        template = copy.deepcopy(fullest(trials))
        scalars = {**differing(template, trials), **share_masks(template, trials)}
        smooth(template, scalars)
        self.trials, self.template, self.scalars = trials, template, scalars
        self.weights = _stacked([_weights(trial) for trial in trials])
        self.rest = _stacked([_rest(trial) for trial in trials])
        self._own()

    def _own(self) -> None:
        """Blocks that are leaves of the graph, and trials whose tensors are views of them.

        A block that is not contiguous would be copied by the batching rule of batch norm, and its
        statistics be lost without a word.
        """
        for block in (*self.weights.values(), *self.rest.values()):
            assert block.is_contiguous()
        for block in self.weights.values():
            block.requires_grad_()
        blocks = {**self.weights, **self.rest}
        for slot, trial in enumerate(self.trials):
            for name, tensor in _tensors(trial).items():
                tensor.data = blocks[name].detach()[slot]


def compact(blocks: dict[Name, Tensor], slots: Sequence[int]) -> None:
    """Each block [K, ...] with only these of its rows, in a new and contiguous tensor."""
    for name, block in blocks.items():
        rows = torch.tensor(slots, device=block.device)
        blocks[name] = block.detach().index_select(0, rows)


def column(numbers: Tensor, block: Tensor) -> Tensor:
    """[K] → [K, 1, ...], to go with a block [K, ...]."""
    return numbers.view(-1, *[1] * (block.ndim - 1))


def _stacked(trials: Sequence[Blocks]) -> Blocks:
    return {name: torch.stack([trial[name] for trial in trials]) for name in trials[0]}


def _tensors(trial: Trained) -> Blocks:
    return {**dict(trial.named_parameters()), **dict(trial.named_buffers())}


def _weights(trial: Trained) -> Blocks:
    return {name: p.detach() for name, p in trial.named_parameters() if p.requires_grad}


def _rest(trial: Trained) -> Blocks:
    trained = _weights(trial).keys()
    return {name: t.detach() for name, t in _tensors(trial).items() if name not in trained}


def _check_alike(trials: Sequence[Trained]) -> None:
    first = _signature(trials[0])
    for trial in trials[1:]:
        if (other := _signature(trial)) != first:
            odd = next(name for name in first | other if first.get(name) != other.get(name))
            shapes = [first.get(odd), other.get(odd)]
            raise NotStackable(odd, shapes, "the trials' tensors are not of one shape and type")


def _signature(trial: Trained) -> dict[str, tuple[list[int], str, bool]]:
    return {n: (list(t.shape), str(t.dtype), t.requires_grad) for n, t in _tensors(trial).items()}
