"""Update rules on blocks [K, ...], one per file; each is that of the optimizer of the same name.

All numbers of an epoch are computed when it opens, in float64 on the host, and brought to the
device at once: a step waits for nothing. Updates are in place.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn, optim

from diagnostics.parts import Folder
from trainer.recipe.optimizers import Optimizer
from trainer.stack.build import Blocks, compact

RULES = Folder("trainer.stack.optimizers", kind="stacked optimizer")
Numbers = NDArray[np.float64]
Named = Mapping[str, Numbers]
Row = Mapping[str, Tensor]
Kept = Mapping[str, Mapping[str, Tensor]]  # weight → what torch's optimizer has kept of it


class Rule(Protocol):
    """How weights follow from gradients. `counts`: torch's optimizer keeps the number of steps."""

    counts: bool

    def kept(self, settings: Optimizer) -> tuple[str, ...]:
        """What a trial's torch optimizer keeps of each weight, by torch's names."""

    def numbers(self, settings: Named, lr: Numbers, t: Numbers) -> dict[str, Numbers]:
        """What `update` needs, [S, K] or [K]: of the settings [K], lr and step t from 1, [S, K]."""

    def update(self, weight: Tensor, gradient: Tensor, state: Blocks, now: Row) -> None:
        """In place; may use the gradient up. `now` has numbers of the shape [K, 1, ...]."""


class Stacked:
    """The optimizer of all trials, each of which has taken its own number of `steps`.

    Of an epoch that is open they are counted in advance.
    """

    def __init__(self) -> None:
        self.settings: list[Optimizer] = []
        self.steps: list[int] = []
        self.state: dict[str, Blocks] = {}
        self.like = torch.empty(0)  # of the blocks' type, where they are
        self._rule: Rule
        self._moved: set[str] = set()  # weights that ever had a gradient
        self._names: list[str] = []
        self._numbers = torch.empty(0)  # [S, names, K]
        self._ranks: set[int] = set()  # how many dimensions weights have
        self._shrinks = False
        self._now: dict[int, Row] = {}  # the step's numbers, by the dimensions of the weight

    def join(
        self,
        settings: Sequence[Optimizer],
        weights: Blocks,
        kept: Sequence[Kept],
        steps: Sequence[int],
    ) -> None:
        """More trials, with the state they have `kept` in so many `steps`.

        `weights` are the blocks of all trials, the new ones behind the others.
        """
        first = len(self.settings)
        self.settings += settings
        self.steps += steps
        self._rule = RULES.load(self.settings[0].name)(self.settings[0])
        self.like = next(iter(weights.values())).detach().new_empty(0)
        self._ranks = {block.ndim for block in weights.values()}
        names = dict.fromkeys(name for each in self.settings for name in self._rule.kept(each))
        for weight, block in weights.items():
            state = {name: torch.zeros_like(block, requires_grad=False) for name in names}
            for name, old in self.state.get(weight, {}).items():
                state[name][:first] = old
            for slot, own in enumerate(kept, start=first):
                for name in names & own.get(weight, {}).keys():
                    state[name][slot] = own[weight][name]
                    self._moved.add(weight)
            self.state[weight] = state

    def open(self, lr: Numbers) -> None:
        """Before the steps of an epoch: their learning rates, [S, K]."""
        settings = _columns(self.settings)
        t = np.arange(1, len(lr) + 1)[:, None] + np.array(self.steps, float)
        decay = settings["weight_decay"]
        found = {**self._rule.numbers(settings, lr, t), "decay": decay, "left": 1 - lr * decay}
        table = np.stack([np.broadcast_to(each, lr.shape) for each in found.values()], axis=1)
        self._names, self._numbers = list(found), torch.from_numpy(table).to(self.like)
        self.steps = [steps + len(lr) for steps in self.steps]

    def rows(self, rows: slice) -> "Stacked":
        """For some of the trials, and for the epoch that is open; its state is views of this."""
        part = copy.copy(self)
        part.settings = self.settings[rows]
        part.state = {
            weight: {name: block[rows] for name, block in blocks.items()}
            for weight, blocks in self.state.items()
        }
        part._numbers = self._numbers[..., rows]
        part._shrinks = any(each.weight_decay for each in part.settings)
        return part

    def at(self, number: int) -> None:
        """The updates that follow are those of the epoch's step `number`, from 0."""
        row = self._numbers[number]
        self._now = {ndim: self._columns(row, ndim) for ndim in self._ranks}

    def update(self, name: str, weight: Tensor, gradient: Tensor) -> None:
        """In place; uses the gradient up. A weight that has none stays, as in torch."""
        now, chosen = self._now[weight.ndim], self.settings[0]
        if self._shrinks and decayed(weight, chosen):
            _decay(weight, gradient, now, chosen)
        self._rule.update(weight, gradient, self.state[name], now)
        self._moved.add(name)

    def keep(self, slots: Sequence[int]) -> None:
        """Only these trials go on."""
        self.settings = [self.settings[slot] for slot in slots]
        self.steps = [self.steps[slot] for slot in slots]
        for blocks in self.state.values():
            compact(blocks, slots)

    def put(self, slot: int, trial: nn.Module, optimizer: optim.Optimizer) -> None:
        """A trial's state into its own torch optimizer, as views."""
        kept = self._rule.kept(self.settings[slot])
        fused = optimizer.param_groups[0].get("fused")
        exact = torch.float32 if fused else torch.get_default_dtype()  # of torch's own counters
        for name, weight in trial.named_parameters():
            if name in self._moved and (kept or self._rule.counts):
                state = {each: self.state[name][each][slot] for each in kept}
                if self._rule.counts:
                    state["step"] = torch.tensor(float(self.steps[slot]), dtype=exact)
                optimizer.state[weight] = state

    def _columns(self, row: Tensor, ndim: int) -> Row:
        shaped = row.view(*row.shape, *[1] * (ndim - 1)).unbind(0)
        return dict(zip(self._names, shaped, strict=True))


def kept_by(trial: nn.Module, optimizer: optim.Optimizer) -> Kept:
    """What a trial's own torch optimizer has kept so far."""
    return {name: optimizer.state.get(weight, {}) for name, weight in trial.named_parameters()}


def decayed(block: Tensor, settings: Optimizer) -> bool:
    """Whether weight decay acts on a block [K, ...]; biases and norms can be spared."""
    return settings.decay_all or block.ndim > 2


def _decay(weight: Tensor, gradient: Tensor, now: Row, chosen: Optimizer) -> None:
    """L2 joins the gradient; decoupled decay shrinks the weight (see trainer.optimizers)."""
    if chosen.decay == "l2":
        gradient.addcmul_(weight, now["decay"])
    else:
        weight.mul_(now["left"])


def _columns(settings: Sequence[Optimizer]) -> dict[str, Numbers]:
    """Setting → [K], of those that are numbers in every trial."""
    given = {field: [getattr(each, field) for each in settings] for field in settings[0].per_trial}
    numeric = {f: v for f, v in given.items() if all(isinstance(x, int | float) for x in v)}
    return {field: np.array(values, dtype=np.float64) for field, values in numeric.items()}
