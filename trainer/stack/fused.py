"""What is computed for all trials of a stack at once: an epoch of training, and its evaluation."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap

from trainer.data import Dataset
from trainer.evaluation import BATCH, right_of
from trainer.recipe.optimizers import Optimizer
from trainer.seeds import Stream, order, seeded
from trainer.stack.build import Stack
from trainer.stack.clipping import Clipping
from trainer.stack.engines import Outputs, engine
from trainer.stack.meter import StackMeter
from trainer.stack.optimizers import Numbers, Stacked, kept_by
from trainer.stack.trial import Closed, Trial


class Fused:
    """Everything that trials share in being trained, each tensor with a row for each of them."""

    def __init__(self, trials: Sequence[Trial], device: str, by: str | None = None) -> None:
        self.trials = list(trials)
        self._device = device
        self._by = by
        self.stack = Stack([trial.setup for trial in trials])
        self.optimizer = Stacked()
        self.meter = StackMeter(self.stack)
        self._welcome(trials)

    def join(self, trials: Sequence[Trial]) -> None:
        """More of them, behind the others. Raises NotStackable, changing nothing."""
        self.stack.join([trial.setup for trial in trials])
        self.trials += trials
        self._welcome(trials)

    def keep(self, slots: Sequence[int]) -> None:
        """Only these trials go on."""
        self.trials = [self.trials[slot] for slot in slots]
        for each in (self.stack, self.optimizer, self.meter):
            each.keep(slots)
        self.clip = Clipping(self._settings(), self.optimizer.like)

    def epoch(self, data_epoch: int) -> list[Closed]:
        """Train and examine all trials for one epoch: what each of them is to be judged by."""
        lr = _rates(self.trials)
        self.optimizer.open(lr)
        trained = self._train(data_epoch)
        examined, outputs = self._examine(self.trials[0].setup.validation)
        signals = self.meter.close()
        rates = lr[-1].tolist()
        return [
            Closed(trained[slot], examined[slot], outputs[slot], rates[slot], signals[slot])
            for slot in range(len(self.trials))
        ]

    def export(self, trial: Trial) -> None:
        """Put the state of the trial's optimizer into its own torch optimizer."""
        slot = self.trials.index(trial)
        self.optimizer.put(slot, self.stack.trials[slot], trial.setup.optimizer)

    def _welcome(self, trials: Sequence[Trial]) -> None:
        """The stack has the new trials; the rest follows."""
        self.engine = engine(self.stack, self._by)
        settings = [trial.recipe.optimizer for trial in trials]
        own = self.stack.trials[-len(trials) :]
        kept = [kept_by(o, t.setup.optimizer) for o, t in zip(own, trials, strict=True)]
        steps = [trial.steps for trial in trials]
        self.optimizer.join(settings, self.stack.weights, kept, steps)
        self.meter.join([trial.every for trial in trials])
        self.clip = Clipping(self._settings(), self.optimizer.like)

    def _train(self, data_epoch: int) -> list[tuple[float, float]]:
        """Every sample once; mean loss and accuracy of each trial."""
        stack, setup, recipe = self.stack, self.trials[0].setup, self.trials[0].recipe
        losses, right, samples = [], [], len(setup.train)
        shuffled = order(samples, recipe.resolved_data_seed(), data_epoch).to(self._device)
        for step, rows in enumerate(torch.split(shuffled, recipe.batch_size)):
            seed = (recipe.resolved_data_seed(), data_epoch, step)
            with seeded(self._device, Stream.MASKS, *seed):
                inputs, targets = setup.batch(rows)
                loss, outputs, gradients = self.engine.train(inputs, targets)
            self.clip(gradients)
            self.meter.before(gradients)
            self.optimizer.step(step, stack.weights, gradients)
            self.meter.after(loss)
            losses.append(loss * len(rows))
            right.append(self._hits(outputs, targets))
        return _means(losses, right, samples)

    def _examine(self, data: Dataset) -> tuple[list[tuple[float, float]], Tensor]:
        """Mean loss and accuracy of each trial, and all outputs [K, N, ...]."""
        losses, right, found = [], [], []
        batches = zip(
            torch.split(data.inputs, BATCH), torch.split(data.targets, BATCH), strict=True
        )
        for inputs, targets in batches:
            loss, outputs = self.engine.examine(inputs, targets)
            losses.append(loss * len(targets))
            right.append(self._hits(outputs, targets))
            found.append(outputs)
        return _means(losses, right, len(data)), torch.cat(found, dim=1)

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

    def _settings(self) -> list[Optimizer]:
        return [trial.recipe.optimizer for trial in self.trials]


def _rates(trials: Sequence[Trial]) -> Numbers:
    """The learning rate of each step of the next epoch, [S, K]."""
    courses = {trial.course: trial for trial in trials}
    factors = {course: np.array(trial.factors()) for course, trial in courses.items()}
    columns = [trial.recipe.optimizer.lr * factors[trial.course] for trial in trials]
    return np.stack(columns, axis=1)


def _means(losses: list[Tensor], right: list[Tensor], samples: int) -> list[tuple[float, float]]:
    """As trainer.evaluation.means, of sums [K]."""
    sums = [torch.stack(each).sum(dim=0, dtype=torch.float64) for each in (losses, right)]
    pairs = (torch.stack(sums, dim=1) / samples).tolist()
    return [(loss, right if math.isfinite(loss) else math.nan) for loss, right in pairs]
