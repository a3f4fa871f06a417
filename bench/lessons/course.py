"""Trains the runs of a lesson with one seed, and keeps what they told."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from bench.lessons.lesson import File, Lesson
from diagnostics.history import SignalValue
from trainer.checkpoint import Checkpoint
from trainer.events import Ended, EpochEnded
from trainer.loop import run
from trainer.menu import part
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.splits import Fold

# A lesson's sick runs are to be seen to their end.
UNSTOPPED = Diagnostics(profile="cheap", stop_on="never")


@dataclass(frozen=True)
class Told:
    """Metrics and signals of each epoch, and the best epoch's weights."""

    epochs: list[dict[str, SignalValue]]
    best: Checkpoint | None


class Trained:
    """A run; it is trained when it is first asked what it told."""

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        objective: Objective,
        start: Callable[[], Checkpoint] | None,
    ) -> None:
        self.recipe = recipe
        self._folder = folder
        self._objective = objective
        self._start = start

    @cached_property
    def fold(self) -> Fold:
        """Its training and validation samples, as the data set has them."""
        recipe = self.recipe
        data = part("data", recipe.data).load(self._folder)
        folds: list[Fold] = part("split", recipe.split).folds(data, recipe.resolved_data_seed())
        return folds[0]

    @cached_property
    def told(self) -> Told:
        """What it told."""
        epochs: list[dict[str, SignalValue]] = []
        best = None
        events = run(
            self.recipe,
            folder=self._folder,
            diagnostics=UNSTOPPED,
            objective=self._objective,
            preflight=False,
            start=None if self._start is None else self._start(),
        )
        for event in events:
            if isinstance(event, EpochEnded):
                epochs.append({**event.signals, **event.metrics})
            if isinstance(event, Ended):
                best = event.checkpoint
        return Told(epochs, best)

    def best(self) -> Checkpoint:
        """Weights of the best epoch. Raises ValueError where none had a finite objective."""
        if self.told.best is None:
            raise ValueError(f"no epoch had a finite {self._objective.metric}: {self.recipe}")
        return self.told.best


def runs_of(lesson: Lesson, seed: int, folder: Path) -> dict[str, Trained]:
    """The lesson's runs by name, none of them trained yet; its files are made in the folder."""
    for name, file in lesson.files.items():
        _write(folder / name, file)
    runs: dict[str, Trained] = {}
    for name, asked in lesson.runs.items():
        start = None if asked.start is None else runs[asked.start].best
        runs[name] = Trained(lesson.recipe_of(name, seed), folder, lesson.objective, start)
    return runs


def _write(path: Path, wanted: File) -> None:
    """As the `npz` data set reads it."""
    recipe = Recipe.model_validate({"data": wanted.data})
    data = part("data", recipe.data).load(path.parent)
    inputs, targets = (t[slice(*wanted.rows)] for t in (data.inputs, data.targets))
    if wanted.groups is not None:
        group = {label: n for n, labels in enumerate(wanted.groups) for label in labels}
        targets = torch.tensor([group.get(label, -1) for label in targets.tolist()])
    kept = targets >= 0
    np.savez(path, inputs=inputs[kept].numpy(), targets=targets[kept].numpy())
