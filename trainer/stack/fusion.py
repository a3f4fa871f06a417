"""Trials trained as one model, which come and go between two epochs: continuous batching.

    fusion = Fusion(recipe)
    trials = [fusion.trial(recipe) for recipe in recipes]
    fusion.join(dict(enumerate(trials)))
    while fusion.trials:
        for number, event in fusion.epoch():
            print(number, event)

A trial that joins later sees the data of the epochs that come then: `Started.first_data_epoch` says
after which. The plain loop, given that number, has the same numbers (DESIGN §7).
"""

import math
import time
from collections.abc import Collection, Generator, Mapping
from pathlib import Path

from trainer.device import resolve
from trainer.events import Event
from trainer.menu import part
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.setup import make_on, prepare
from trainer.splits import Fold
from trainer.stack.fused import Fused
from trainer.stack.refusals import Gate
from trainer.stack.trial import Terms, Trial
from trainer.state import State

DIAGNOSTICS, OBJECTIVE = Diagnostics(), Objective()
Told = Generator[tuple[int, Event], None, None]  # number of the trial, what it tells


class Fusion:
    """Trials of `recipe`'s stack key; nothing is trained until some have joined.

    `data_epoch` is the last one that has been seen. `by` is the engine to prefer, None: the lowered
    one. `fold` is the data, where it is not to be loaded. Raises NotStackable where no trial of
    this key can share a model, and NoSuchDevice.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        device: str = "cpu",
        folder: str | Path = "data",
        diagnostics: Diagnostics = DIAGNOSTICS,
        objective: Objective = OBJECTIVE,
        reference_subset: bool = False,
        data_epoch: int = 0,
        by: str | None = None,
        fold: Fold | None = None,
    ) -> None:
        self._gate = Gate(recipe)
        self.trials: dict[int, Trial] = {}
        self.data_epoch = data_epoch
        self._by = by
        self._device = resolve(device)
        fold = fold or _fold(recipe, Path(folder))
        self._data = prepare(recipe, fold, self._device)
        self._steps = math.ceil(len(self._data.train) / recipe.batch_size)
        self._terms = Terms(self._device, diagnostics, objective, reference_subset, self._steps)
        self._fused: Fused | None = None
        self._tried = False  # whether a model has taken the data

    def trial(self, recipe: Recipe, resume: State | None = None) -> Trial:
        """Made as the single path makes it, on the data that all share; not yet in the stack.

        Raises BadRecipe, BadCheckpoint, and NotStackable where the recipe has another stack key.
        """
        self._gate.check(recipe)
        setup = make_on(recipe, self._data, self._device, tried=self._tried)
        self._tried = True
        return Trial(recipe, setup, self._terms, resume)

    def join(self, trials: Mapping[int, Trial]) -> None:
        """More trials, by numbers that are new. Raises NotStackable, and none of them joins."""
        new = {number: trial for number, trial in trials.items() if not trial.over}
        if new and self._fused is None:
            self._fused = Fused(list(new.values()), self._device, self._by)
        elif new and self._fused is not None:
            self._fused.join(list(new.values()))
        self.trials |= new

    def leave(self, numbers: Collection[int]) -> None:
        """These trials are trained no more; nothing is told of them."""
        staying = [number not in numbers for number in self.trials]
        if all(staying):
            return
        self.trials = {n: t for n, t in self.trials.items() if n not in numbers}
        if not self.trials:
            self._fused = None
        elif self._fused is not None:
            self._fused.keep([slot for slot, stays in enumerate(staying) if stays])

    def epoch(self) -> Told:
        """Train all for one epoch, judge them, and let go of those that are over.

        `EpochEnded.seconds` is a trial's share of the stack's.
        """
        assert self._fused is not None, "no trial has joined"
        began = time.perf_counter()
        self.data_epoch += 1
        closing = self._fused.epoch(self.data_epoch)
        seconds = (time.perf_counter() - began) / len(self.trials)
        for number, closed in zip(self.trials, closing, strict=True):
            trial = self.trials[number]
            yield from ((number, event) for event in trial.close(closed, seconds))
            if trial.snapshot_due:
                self._fused.export(trial)
                yield number, trial.snapshot()
            if trial.over:
                yield from ((number, event) for event in trial.end())
        self.leave([number for number, trial in self.trials.items() if trial.over])


def _fold(recipe: Recipe, folder: Path) -> Fold:
    everything = part("data", recipe.data).load(folder)
    folds: list[Fold] = part("split", recipe.split).folds(everything, recipe.resolved_data_seed())
    (only,) = folds  # a recipe with several is refused
    return only
