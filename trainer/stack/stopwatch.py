"""How long a step takes, plain and in stacks: both train a part of the recipe's own data for real.

An epoch of the plain loop and one of the stack take turns, so that what else the machine does slows
both: a stack's time is the median of what it takes in plain epochs right before. Nothing is told of
these trials.
"""

import math
import time
from dataclasses import dataclass
from statistics import median
from typing import Protocol

import torch

from trainer.data import Dataset
from trainer.errors import NotStackable
from trainer.events import EpochEnded
from trainer.loop import Terms, train_fold
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.splits import Fold
from trainer.stack.build import Stack
from trainer.stack.engines import ENGINES
from trainer.stack.fusion import Fusion
from trainer.stack.memory import Peaks, counted
from trainer.stack.plans import PLAIN, WORTH, Measured, Timing, fitting, wider

EPOCH_SECONDS = 0.03  # of the plain loop: enough to be timed, as many steps as that are
FEWEST_STEPS, FEWEST_JUDGES = 2, 16  # of an epoch, and samples that judge it
TURNS, TURNS_SECONDS = 3, 0.3  # as many, or as long
CLOSE = 1.25  # times faster or slower than the plain loop: more turns are needed to tell
CLOSE_TURNS, CLOSE_SECONDS = 9, 1.0
LONGEST_SECONDS = 1.0  # an epoch of a stack that is widened further
FEWEST_EPOCHS = 1000  # more than are ever timed
WATCHED = Diagnostics(stop_on="never")
AIM = Objective(metric="val_loss", direction="minimize")  # every recipe has one


class Contender(Protocol):
    """What takes turns."""

    def epoch(self) -> None:
        """Train, examine and judge for one epoch."""


class Alone:
    """The plain loop."""

    def __init__(self, recipe: Recipe, fold: Fold, device: str) -> None:
        terms = Terms(
            device=device,
            diagnostics=WATCHED,
            objective=AIM,
            preflight=False,
            reference_subset=False,
            first_data_epoch=0,
            resume=None,
            start=None,
        )
        self._events = train_fold(recipe, fold, terms, lambda: False)

    def epoch(self) -> None:
        """See `Contender`."""
        for event in self._events:
            if isinstance(event, EpochEnded):
                return


class Together:
    """A stack by one engine, of trials that differ in their seeds. Raises NotStackable.

    `whole` is all the data, `fold` what is trained on. `size` is what each trial of `whole` takes,
    in bytes; None until it is known.
    """

    def __init__(self, recipe: Recipe, engine: str, whole: Fold, fold: Fold, device: str) -> None:
        self._recipe = recipe
        self._fusion = Fusion(
            recipe, device=device, diagnostics=WATCHED, objective=AIM, by=engine, fold=fold
        )
        setup = self._fusion.trial(recipe).setup
        ENGINES.load(engine)(Stack([setup]))  # the fusion would take another one without a word
        counts = [counted(recipe, setup, each) for each in (whole, fold)]
        self._peaks = Peaks(device) if device.startswith("cuda") else None
        self._unseen = counts[0] - counts[1]
        self.size: int | None = None if self._peaks else counts[0]

    def widen(self, width: int) -> None:
        """So many trials from now on."""
        numbers = range(len(self._fusion.trials), width)
        seeds = [(self._recipe.seed + number) % 2**31 for number in numbers]
        recipes = [self._recipe.model_copy(update={"seed": seed}) for seed in seeds]
        trials = [self._fusion.trial(recipe) for recipe in recipes]
        self._fusion.join(dict(zip(numbers, trials, strict=True)))

    def epoch(self) -> None:
        """See `Contender`."""
        if self._peaks is None:
            self._epoch()
            return
        with self._peaks.at(len(self._fusion.trials)):
            self._epoch()
        slope = self._peaks.slope()
        self.size = None if slope is None else slope + self._unseen

    def _epoch(self) -> None:
        for _ in self._fusion.epoch():
            pass


@dataclass(frozen=True)
class Limits:
    """Of a stack: trials, and bytes."""

    most: int
    memory: float


class Race:
    """Timings of one recipe on `fold`, by all engines that can compute it."""

    def __init__(self, recipe: Recipe, fold: Fold, device: str, limits: Limits) -> None:
        self._whole, self._device, self._limits = fold, device, limits
        self._recipe = _lasting(recipe)
        self._cut = part_of(fold, recipe, self._affordable())
        self._alone = Alone(self._recipe, self._cut, device)
        self._alone.epoch()
        self._plain = self._turn(self._alone)  # seconds of its fastest epoch
        self._stacks: list[Timing] = []  # in plain epochs, until the race is over
        self._sizes: dict[str, int] = {}
        self._cut_short = False  # by the trials that were asked for

    def run(self) -> Measured:
        """`refusal` is that of the engine which covers most, where all refuse."""
        refusal: str | None = None
        for engine in ENGINES.names():
            try:
                self._enter(engine)
            except NotStackable as error:
                refusal = str(error)
        if refusal is not None and not self._stacks:
            return Measured(refusal=refusal)
        step = self._plain / _steps(self._recipe, self._cut)
        table = [Timing(r.engine, r.width, r.seconds_per_step * step) for r in self._stacks]
        most = self._limits.most if self._cut_short else None
        return Measured((Timing(PLAIN, 1, step), *table), self._sizes, most=most)

    def _affordable(self) -> int:
        """How many steps make an epoch of the plain loop that is neither short nor long."""
        few = part_of(self._whole, self._recipe, FEWEST_STEPS)
        alone = Alone(self._recipe, few, self._device)
        alone.epoch()
        step = self._turn(alone) / _steps(self._recipe, few)
        return max(FEWEST_STEPS, int(EPOCH_SECONDS / step))

    def _enter(self, engine: str) -> None:
        """Wider and wider stacks, as long as it is worth it. Raises NotStackable."""
        stack = Together(self._recipe, engine, self._whole, self._cut, self._device)
        rows: list[Timing] = []
        width: int | None = 1
        while width is not None:
            try:
                stack.widen(width)
                rows.append(Timing(engine, width, self._timed(stack, width)))
            except torch.OutOfMemoryError:
                break
            width = self._wider(rows, stack.size)
        self._stacks += rows
        if stack.size is not None:
            self._sizes[engine] = stack.size

    def _wider(self, rows: list[Timing], size: int | None) -> int | None:
        """The next width; None where this engine has shown what it can."""
        most = min(self._limits.most, fitting(self._limits.memory, size))
        to_beat = max([WORTH, *(row.rate for row in self._stacks)])
        affordable = LONGEST_SECONDS / self._plain
        if rows[-1].width == self._limits.most:
            further = wider(rows, 4 * self._limits.most, to_beat, affordable)
            self._cut_short = self._cut_short or further is not None
        return wider(rows, most, to_beat, affordable)

    def _timed(self, stack: Contender, width: int) -> float:
        """An epoch that is not its first, in plain epochs."""
        stack.epoch()
        found: list[float] = []
        spent = 0.0
        while not _settled(found, width, spent):
            plain, stacked = self._turn(self._alone), self._turn(stack)
            self._plain = min(self._plain, plain)
            found.append(stacked / plain)
            spent += plain + stacked
        return median(found)

    def _turn(self, contender: Contender) -> float:
        began = self._now()
        contender.epoch()
        return self._now() - began

    def _now(self) -> float:
        if self._device.startswith("cuda"):
            torch.cuda.synchronize(self._device)
        elif torch.get_num_threads() == 1:
            return time.thread_time()  # all that is done, without what other processes take
        return time.perf_counter()


def _settled(found: list[float], width: int, spent: float) -> bool:
    """Whether these turns tell enough, after so many seconds."""
    if not found:
        return False
    if 1 / CLOSE < width / median(found) < CLOSE:
        return len(found) >= CLOSE_TURNS or spent > CLOSE_SECONDS
    return len(found) >= TURNS or spent > TURNS_SECONDS


def part_of(fold: Fold, recipe: Recipe, steps: int) -> Fold:
    """So many full batches and validation samples in proportion, evenly spaced: all classes."""
    rows = min(len(fold.train), steps * recipe.batch_size)
    share = rows / len(fold.train)
    judges = max(round(share * len(fold.validation)), FEWEST_JUDGES)
    return Fold(_spread(fold.train, rows), _spread(fold.validation, judges))


def _spread(data: Dataset, samples: int) -> Dataset:
    if samples >= len(data):
        return data
    return data.rows(torch.arange(samples) * len(data) // samples)


def _steps(recipe: Recipe, fold: Fold) -> int:
    return math.ceil(len(fold.train) / recipe.batch_size)


def _lasting(recipe: Recipe) -> Recipe:
    """Without what would end it or write files; the data seed stays when the seed changes."""
    return recipe.model_copy(
        update={
            "epochs": max(recipe.epochs, FEWEST_EPOCHS),
            "early_stopping": None,
            "snapshots": None,
            "data_seed": recipe.resolved_data_seed(),
        }
    )
