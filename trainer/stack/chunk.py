"""Trials of a stack that are computed at once: what a step needs beside the trials' own state.

A stack of any width takes the gradients and activations of one chunk only, and they stay near the
core that works on them.
"""

import copy
import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from diagnostics.history import SignalValue
from trainer.setup import Setup
from trainer.stack.build import Blocks, Stack
from trainer.stack.clipping import Clipping
from trainer.stack.engines import Outputs, engine
from trainer.stack.meter import StackMeter
from trainer.stack.optimizers import Stacked
from trainer.stack.trial import Trial
from trainer.summary import summarise, totals

NEAR = 2**22  # bytes for each thread: about a core's share of today's last-level caches
FEWEST = 4  # trials; with fewer, most of a step of a small model is calling torch
WHOLE = 16  # samples: numbers in the widest registers, so that products have no remainders


class Chunk:
    """The trials of these rows, for as long as nobody joins the stack or leaves it."""

    def __init__(
        self, stack: Stack, trials: Sequence[Trial], rows: slice, by: str | None = None
    ) -> None:
        own = trials[rows]
        self.rows = rows
        self.stack = _rows_of(stack, rows)
        self.engine = engine(self.stack, by)
        self.clip = Clipping(
            [trial.recipe.optimizer for trial in own], next(iter(self.stack.weights.values()))
        )
        watched = own[0].measures  # all are, or none
        self.meter = StackMeter(self.stack, [trial.every for trial in own]) if watched else None
        self._optimizer: Stacked

    def open(self, optimizer: Stacked) -> None:
        """Before the steps of an epoch, which the optimizer of all has opened."""
        self._optimizer = optimizer.rows(self.rows)

    def step(self, number: int, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Outputs]:
        """The epoch's step `number`, from 0: mean losses and outputs before the update."""
        losses, outputs, gradients = self.engine.train(inputs, targets)
        self.clip(gradients)
        self._update(number, gradients)
        if self.meter is not None:
            self.meter.step(losses)
        return losses, outputs

    def signals(self) -> list[dict[str, SignalValue]]:
        """Each trial's of the epoch that has ended; empty where nothing is measured."""
        return [{} for _ in self.stack.trials] if self.meter is None else self.meter.close()

    @torch.no_grad()
    def _update(self, number: int, gradients: Blocks) -> None:
        """Uses the gradients up, one by one."""
        self._optimizer.at(number)
        for name in list(gradients):
            gradient, weight = gradients.pop(name), self.stack.weights[name]
            before = None if self.meter is None else self.meter.before(name, gradient)
            self._optimizer.update(name, weight, gradient)
            if self.meter is not None and before is not None:
                self.meter.after(name, before)


class Size:
    """How much is computed at once of trials like this one; on a GPU it is all of them.

    `samples` of an evaluation take no more than a step of training does: two layers' outputs are
    there at a time, but no gradients.
    """

    def __init__(self, setup: Setup, batch_size: int, device: str) -> None:
        rows = summarise(setup.model, setup.form)
        weights = totals(setup.model, rows).trainable * setup.train.inputs.element_size()
        step = weights + min(batch_size, len(setup.train)) * sum(row.memory for row in rows)
        largest = max((row.memory for row in rows), default=0)
        self._most = max(FEWEST, NEAR * torch.get_num_threads() // max(1, step))
        self._everything = device.startswith("cuda")
        self.samples = max(1, step // max(1, 2 * largest) // WHOLE) * WHOLE

    def split(self, trials: int) -> list[slice]:
        """Rows of chunks that are as alike as can be."""
        parts = 1 if self._everything else math.ceil(trials / self._most)
        edges = [trials * part // parts for part in range(parts + 1)]
        return [slice(*pair) for pair in pairwise(edges)]


def _rows_of(stack: Stack, rows: slice) -> Stack:
    """With views of the blocks, so that all updates are the stack's own."""
    part = copy.copy(stack)
    part.trials = stack.trials[rows]
    part.weights = {n: block.detach()[rows].requires_grad_() for n, block in stack.weights.items()}
    part.rest = {name: block[rows] for name, block in stack.rest.items()}
    part.scalars = {key: numbers[rows] for key, numbers in stack.scalars.items()}
    return part
