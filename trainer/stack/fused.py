"""What is computed for all trials of a stack at once: an epoch of training, and its evaluation."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap

from diagnostics.history import SignalValue
from trainer.data import Dataset
from trainer.evaluation import BATCH, right_of
from trainer.seeds import Stream, order, seeded
from trainer.stack.build import Stack
from trainer.stack.chunk import Chunk, Size
from trainer.stack.engines import Outputs
from trainer.stack.optimizers import Numbers, Stacked, kept_by
from trainer.stack.trial import Closed, Trial


class Fused:
    """Everything that trials share in being trained, each tensor with a row for each of them."""

    def __init__(self, trials: Sequence[Trial], device: str, by: str | None = None) -> None:
        self.trials = list(trials)
        self._device = device
        self._by = by
        first = self.trials[0]
        self._size = Size(first.setup, first.recipe.batch_size, device)
        self.stack = Stack([trial.setup for trial in trials])
        self.optimizer = Stacked()
        self._chunks: list[Chunk] = []
        self._welcome(trials)

    def join(self, trials: Sequence[Trial]) -> None:
        """More of them, behind the others. Raises NotStackable, changing nothing."""
        self.stack.join([trial.setup for trial in trials])
        self.trials += trials
        self._welcome(trials)

    def keep(self, slots: Sequence[int]) -> None:
        """Only these trials go on."""
        self.trials = [self.trials[slot] for slot in slots]
        self._chunks.clear()  # whose views would keep the old blocks
        self.stack.keep(slots)
        self.optimizer.keep(slots)
        self._divide()

    def epoch(self, data_epoch: int) -> list[Closed]:
        """Train and examine all trials for one epoch: what each of them is to be judged by."""
        lr = _rates(self.trials)
        self.optimizer.open(lr)
        trained = self._train(data_epoch)
        examined, outputs = self._examine(self.trials[0].setup.validation)
        return [
            Closed(*found)
            for found in zip(
                trained, examined, outputs, lr[-1].tolist(), self._signals(), strict=True
            )
        ]

    def export(self, trial: Trial) -> None:
        """Put the state of the trial's optimizer into its own torch optimizer."""
        slot = self.trials.index(trial)
        self.optimizer.put(slot, self.stack.trials[slot], trial.setup.optimizer)

    def _welcome(self, trials: Sequence[Trial]) -> None:
        """The stack has the new trials; the rest follows."""
        self._chunks.clear()
        settings = [trial.recipe.optimizer for trial in trials]
        own = self.stack.trials[-len(trials) :]
        kept = [kept_by(o, t.setup.optimizer) for o, t in zip(own, trials, strict=True)]
        steps = [trial.steps for trial in trials]
        self.optimizer.join(settings, self.stack.weights, kept, steps)
        self._divide()

    def _divide(self) -> None:
        rows = self._size.split(len(self.trials))
        self._chunks = [Chunk(self.stack, self.trials, each, self._by) for each in rows]

    def _train(self, data_epoch: int) -> list[tuple[float, float]]:
        """Every sample once; mean loss and accuracy of each trial."""
        setup, recipe = self.trials[0].setup, self.trials[0].recipe
        losses, right, samples = [], [], len(setup.train)
        for chunk in self._chunks:
            chunk.open(self.optimizer)
        shuffled = order(samples, recipe.resolved_data_seed(), data_epoch).to(self._device)
        for step, rows in enumerate(torch.split(shuffled, recipe.batch_size)):
            seed = (recipe.resolved_data_seed(), data_epoch, step)
            with seeded(self._device, Stream.MASKS, *seed):
                inputs, targets = setup.batch(rows)
                found = [self._step(chunk, step, inputs, targets) for chunk in self._chunks]
            losses.append(torch.cat([loss for loss, _ in found]) * len(rows))
            right.append(torch.cat([hits for _, hits in found]))
        return _means(losses, right, samples)

    def _step(
        self, chunk: Chunk, number: int, inputs: Tensor, targets: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Mean losses and hits; the next chunk draws the same random numbers.

        On a GPU, whose generator stays where it is, there is no next one.
        """
        with torch.random.fork_rng(devices=[]):
            losses, outputs = chunk.step(number, inputs, targets)
        return losses, self._hits(outputs, targets)

    def _examine(self, data: Dataset) -> tuple[list[tuple[float, float]], list[Tensor]]:
        """Mean loss and accuracy of each trial, and its outputs [N, ...]."""
        losses: list[Tensor] = []
        right: list[Tensor] = []
        found: list[Tensor] = []
        for chunk in self._chunks:
            sums, outputs = self._judge(chunk, data)
            losses.append(sums[0])
            right.append(sums[1])
            found += outputs.unbind(0)
        return _means([torch.cat(losses)], [torch.cat(right)], len(data)), found

    def _judge(self, chunk: Chunk, data: Dataset) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """Sums of losses and hits, [K] each in float64, and the outputs [K, N, ...] of a chunk."""
        losses, right, found = [], [], []
        batches = zip(
            torch.split(data.inputs, BATCH), torch.split(data.targets, BATCH), strict=True
        )
        for inputs, targets in batches:
            loss, outputs = chunk.engine.examine(inputs, targets, self._size.samples)
            losses.append(loss * len(targets))
            right.append(self._hits(outputs, targets))
            found.append(outputs)
        return (_sum(losses), _sum(right)), torch.cat(found, dim=1)

    def _signals(self) -> list[dict[str, SignalValue]]:
        return [signals for chunk in self._chunks for signals in chunk.signals()]

    def _hits(self, outputs: Outputs, targets: Tensor) -> Tensor:
        """How many samples each trial has right, [K]; nan where outputs are no logits."""
        logits = (outputs[0] if isinstance(outputs, list) else outputs).detach()
        if not self.trials[0].examiner.labelled:
            return logits.new_full(logits.shape[:1], math.nan)
        if logits.ndim == 3 and not targets.is_floating_point():
            # As argmax, which is slow on columns of a view.
            return (logits.max(dim=2).indices == targets).sum(dim=1)
        right: Tensor = vmap(lambda own: right_of(own, targets).sum())(logits)
        return right


def _rates(trials: Sequence[Trial]) -> Numbers:
    """The learning rate of each step of the next epoch, [S, K]."""
    courses = {trial.course: trial for trial in trials}
    factors = {course: np.array(trial.factors()) for course, trial in courses.items()}
    columns = [trial.recipe.optimizer.lr * factors[trial.course] for trial in trials]
    return np.stack(columns, axis=1)


def _means(losses: list[Tensor], right: list[Tensor], samples: int) -> list[tuple[float, float]]:
    """As trainer.evaluation.means, of sums [K]."""
    pairs = (torch.stack([_sum(losses), _sum(right)], dim=1) / samples).tolist()
    return [(loss, right if math.isfinite(loss) else math.nan) for loss, right in pairs]


def _sum(found: list[Tensor]) -> Tensor:
    return torch.stack(found).sum(dim=0, dtype=torch.float64)
