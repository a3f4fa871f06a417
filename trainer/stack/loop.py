"""The loop over a stack: what trainer.loop does for one trial, for K of them in step.

    for number, event in train_many(recipes):
        print(number, event)

Each trial's numbers are those of the single loop, but for rounding. Trials end at the boundaries of
epochs, each at its own, and the others go on without them.
"""

import math
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap

from trainer.data import Dataset
from trainer.device import resolve
from trainer.evaluation import BATCH, right_of
from trainer.events import Event
from trainer.menu import part
from trainer.recipe import Diagnostics, Objective, Point, Recipe, with_values
from trainer.recipe.optimizers import Optimizer
from trainer.seeds import Stream, order, seeded
from trainer.setup import Setup, make_on, prepare
from trainer.stack.build import Stack
from trainer.stack.clipping import Clipping
from trainer.stack.meter import StackMeter
from trainer.stack.optimizers import Stacked
from trainer.stack.refusals import refuse, refuse_folds
from trainer.stack.step import Outputs, backward, forward
from trainer.stack.trial import Trial

DIAGNOSTICS, OBJECTIVE = Diagnostics(), Objective()
Told = Generator[tuple[int, Event], None, None]


def train_many(
    recipes: Recipe | Sequence[Recipe],
    points: Sequence[Point] | None = None,
    *,
    device: str = "cpu",
    folder: str | Path = "data",
    diagnostics: Diagnostics = DIAGNOSTICS,
    objective: Objective = OBJECTIVE,
    preflight: bool = True,
    reference_subset: bool = False,
    first_data_epoch: int = 0,
) -> Told:
    """Train recipes of one stack key, or a recipe at several points, as one model.

    Gives (number of the recipe or point, event); each trial's events are those of `trainer.run`,
    and so are the arguments. `preflight` measures the first trial alone, since it holds for all.
    `EpochEnded.seconds` is a trial's share of the stack's.

    Raises NotStackable where they cannot be trained together, and what `trainer.run` raises.
    """
    chosen = [recipes] if isinstance(recipes, Recipe) else list(recipes)
    if points is not None:
        chosen = [with_values(recipe, point) for recipe in chosen for point in points]
    refuse(chosen)
    device = resolve(device)
    setups = _setups(chosen, Path(folder), device)
    steps = math.ceil(len(setups[0].train) / chosen[0].batch_size)
    trials = [
        Trial(recipe, setup, diagnostics, objective, reference_subset, steps)
        for recipe, setup in zip(chosen, setups, strict=True)
    ]
    yield from ((number, trial.started(device)) for number, trial in enumerate(trials))
    if preflight:
        yield from ((0, event) for event in trials[0].preflight())
    yield from _train(dict(enumerate(trials)), device, first_data_epoch)


def _setups(recipes: Sequence[Recipe], folder: Path, device: str) -> list[Setup]:
    """Each as the single path makes it, but on the same data."""
    first = recipes[0]
    everything = part("data", first.data).load(folder)
    folds = part("split", first.split).folds(everything, first.resolved_data_seed())
    refuse_folds(first, len(folds))
    data = prepare(first, folds[0], device)
    return [make_on(recipe, data, device) for recipe in recipes]


def _train(trials: dict[int, Trial], device: str, first_data_epoch: int) -> Told:
    engine = Engine(list(trials.values()), device)
    data_epoch = first_data_epoch
    while True:
        going = {number: trial for number, trial in trials.items() if not trial.over}
        for number, trial in trials.items():
            if trial.over:
                yield from ((number, event) for event in trial.end())
        if not going:
            return
        engine.keep([slot for slot, number in enumerate(trials) if number in going])
        trials, data_epoch = going, data_epoch + 1
        for number, events in zip(trials, engine.epoch(data_epoch), strict=True):
            yield from ((number, event) for event in events)


class Engine:
    """The trials that go on, and everything that is computed for all of them at once."""

    def __init__(self, trials: Sequence[Trial], device: str) -> None:
        self.trials = list(trials)
        self.stack = Stack([trial.setup for trial in trials])
        self.optimizer = Stacked(self._settings(), self.stack.weights)
        self.clip = Clipping(self._settings(), self.optimizer.like)
        self.meter = StackMeter(self.stack, [trial.every for trial in trials])
        self._device = device

    def keep(self, slots: Sequence[int]) -> None:
        """Only these trials go on."""
        if len(slots) == len(self.trials):
            return
        self.trials = [self.trials[slot] for slot in slots]
        for each in (self.stack, self.optimizer, self.meter):
            each.keep(slots)
        self.clip = Clipping(self._settings(), self.optimizer.like)

    def epoch(self, data_epoch: int) -> Iterator[Iterator[Event]]:
        """Train and examine all trials for one epoch; then each one's events, in order."""
        began = time.perf_counter()
        lr = np.array([trial.rates() for trial in self.trials]).T
        self.optimizer.open(lr)
        trained = self._train(data_epoch)
        examined, outputs = self._examine(self.trials[0].setup.validation)
        signals = self.meter.close()
        seconds = (time.perf_counter() - began) / len(self.trials)
        for slot, trial in enumerate(self.trials):
            setup, found = trial.setup, examined[slot]
            scores = trial.examiner.scores_of(outputs[slot], found, setup.model, setup.validation)
            rate = float(lr[-1, slot])
            events = trial.close(trained[slot], scores, rate, seconds, signals[slot])
            yield self._closed(slot, events)

    def _closed(self, slot: int, events: Iterator[Event]) -> Iterator[Event]:
        yield from events
        trial = self.trials[slot]
        if trial.snapshot_due:
            self.optimizer.put(slot, self.stack.trials[slot], trial.setup.optimizer)
            yield trial.snapshot()

    def _train(self, data_epoch: int) -> list[tuple[float, float]]:
        """Every sample once; mean loss and accuracy of each trial."""
        stack, setup, recipe = self.stack, self.trials[0].setup, self.trials[0].recipe
        stack.template.train()
        losses, right, samples = [], [], len(setup.train)
        shuffled = order(samples, recipe.resolved_data_seed(), data_epoch).to(self._device)
        for step, rows in enumerate(torch.split(shuffled, recipe.batch_size)):
            seed = (recipe.resolved_data_seed(), data_epoch, step)
            with seeded(self._device, Stream.MASKS, *seed):
                inputs, targets = setup.batch(rows)
                loss, outputs = forward(stack, inputs, targets)
            gradients = backward(stack, loss)
            self.clip(gradients)
            self.meter.before(gradients)
            self.optimizer.step(step, stack.weights, gradients)
            self.meter.after(loss)
            losses.append(loss.detach() * len(rows))
            right.append(self._hits(outputs, targets))
        return _means(losses, right, samples)

    @torch.no_grad()
    def _examine(self, data: Dataset) -> tuple[list[tuple[float, float]], Tensor]:
        """Mean loss and accuracy of each trial, and all outputs [K, N, ...]."""
        self.stack.template.model.eval()
        losses, right, found = [], [], []
        batches = zip(
            torch.split(data.inputs, BATCH), torch.split(data.targets, BATCH), strict=True
        )
        for inputs, targets in batches:
            loss, outputs = forward(self.stack, inputs, targets)
            assert isinstance(outputs, Tensor)  # several heads put out in training mode only
            losses.append(loss * len(targets))
            right.append(self._hits(outputs, targets))
            found.append(outputs)
        return _means(losses, right, len(data)), torch.cat(found, dim=1)

    def _hits(self, outputs: Outputs, targets: Tensor) -> Tensor:
        """How many samples each trial has right, [K]; nan where outputs are no logits."""
        logits = (outputs[0] if isinstance(outputs, list) else outputs).detach()
        if not self.trials[0].examiner.labelled:
            return logits.new_full(logits.shape[:1], math.nan)
        right: Tensor = vmap(lambda own: right_of(own, targets).sum())(logits)
        return right

    def _settings(self) -> list[Optimizer]:
        return [trial.recipe.optimizer for trial in self.trials]


def _means(losses: list[Tensor], right: list[Tensor], samples: int) -> list[tuple[float, float]]:
    """As trainer.evaluation.means, of sums [K]."""
    sums = [torch.stack(each).sum(dim=0, dtype=torch.float64) for each in (losses, right)]
    pairs = (torch.stack(sums, dim=1) / samples).tolist()
    return [(loss, right if math.isfinite(loss) else math.nan) for loss, right in pairs]
