"""Several models of one recipe, trained epoch by epoch beside each other, told as one run."""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from statistics import fmean

import numpy as np

from diagnostics import Severity
from diagnostics.history import SignalValue
from trainer.best import Progress
from trainer.events import Ended, EpochEnded, Event, Judged, Snapshotted, Started
from trainer.mistakes import Mistakes
from trainer.recipe import Objective, Recipe
from trainer.recipe.split import Bootstrap
from trainer.snapshot import Snapshot

ORDER = list(Severity)
INTERVAL = ("val_accuracy_low", "val_accuracy_high")
Run = Generator[Event, None, None]
Train = Callable[[Recipe, int, Callable[[], bool]], Run]


def together(
    recipe: Recipe, objective: Objective, train: Train, folds: int, resume: Snapshot | None
) -> Run:
    """One run's events out of those of its folds, which are trained in step.

    `train(recipe, number, stale)` is one fold's run, which ends where `stale()`. Metrics of an
    epoch are means over the folds, None where a fold's is not finite; the signals `fold_<metric>`
    have each fold's own. A check's verdict is the most severe of the folds'. What stops one fold
    stops all; its epoch in progress is not told. The checkpoint is that of the best fold by the
    objective, of those that have ended.
    """
    progress, over = Progress(objective), False
    alone = recipe.model_copy(update={"early_stopping": None})  # that is asked of the means
    worst: dict[str, Severity] = {}
    if resume is not None and resume.progress is not None:
        progress.restore(resume.progress)
        over = resume.over
    with ExitStack() as stack:
        runs = [stack.enter_context(closing(train(alone, n, lambda: over))) for n in range(folds)]
        yield replace(_first(runs), recipe=recipe)
        while True:
            news = [_until_boundary(each) for each in runs]
            told = [event for events, _ in news for event in events]
            yield from _verdicts(told, worst)
            yield from _snapshot(told, progress, over)
            finished = [end for _, end in news if isinstance(end, Ended)]
            if finished:
                yield _ended(objective, finished)
                return
            epoch = _mean(recipe, [end for _, end in news if isinstance(end, EpochEnded)])
            yield epoch
            progress.see({**epoch.signals, **epoch.metrics})
            over = progress.stale(epoch.epoch, recipe.early_stopping)


def _first(runs: Sequence[Run]) -> Started:
    """The first fold's; the others begin too."""
    first, *_ = [next(each) for each in runs]
    assert isinstance(first, Started)
    return first


def _until_boundary(run: Run) -> tuple[list[Event], EpochEnded | Ended]:
    """A fold's events up to the end of its next epoch, or of itself."""
    told: list[Event] = []
    for event in run:
        if isinstance(event, EpochEnded | Ended):
            return told, event
        told.append(event)
    raise RuntimeError("a run ended without saying so")


def _verdicts(told: Sequence[Event], worst: dict[str, Severity]) -> Iterator[Event]:
    """All but what a fold says more mildly than another one has, and the folds' snapshots."""
    for event in told:
        if isinstance(event, Judged):
            check, severity = event.verdict.check, event.verdict.severity
            if check in worst and ORDER.index(severity) < ORDER.index(worst[check]):
                continue
            worst[check] = severity
        if not isinstance(event, Snapshotted):
            yield event


def _snapshot(told: Sequence[Event], progress: Progress, over: bool) -> Iterator[Event]:
    """One of all folds, where each has given its own."""
    taken = [event for event in told if isinstance(event, Snapshotted)]
    if taken:
        states = tuple(state for event in taken for state in event.snapshot.states)
        yield replace(taken[0], snapshot=Snapshot(states, progress.state(), over))


def _mean(recipe: Recipe, folds: Sequence[EpochEnded]) -> EpochEnded:
    metrics = {name: _average([f.metrics[name] for f in folds]) for name in folds[0].metrics}
    names = [n for n in folds[0].signals if n not in INTERVAL]  # one of each fold is none of all
    signals = {name: _averaged([fold.signals.get(name) for fold in folds]) for name in names}
    for name in ("val_loss", "val_accuracy"):
        signals[f"fold_{name}"] = {
            f"fold {number}": fold.metrics[name] for number, fold in enumerate(folds, start=1)
        }
    if isinstance(recipe.split, Bootstrap):
        signals |= _interval([f.metrics["val_accuracy"] for f in folds], recipe.split.confidence)
    seconds = math.fsum(fold.seconds for fold in folds)
    lr = fmean(fold.lr for fold in folds)
    return replace(folds[0], metrics=metrics, signals=signals, seconds=seconds, lr=lr)


def _average(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if len(known) == len(values) else None


def _averaged(values: Sequence[SignalValue]) -> SignalValue:
    """Of numbers, and of numbers per layer; a list by step stays the first fold's."""
    first = values[0]
    if isinstance(first, list):
        return first
    if isinstance(first, dict):
        layers = [value for value in values if isinstance(value, dict)]
        return {name: _average([each.get(name) for each in layers]) for name in first}
    return _average([value if isinstance(value, int | float) else None for value in values])


def _interval(values: Sequence[float | None], confidence: float) -> dict[str, SignalValue]:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return dict.fromkeys(INTERVAL)
    tail = (1 - confidence) / 2
    ends = np.quantile(known, [tail, 1 - tail])
    return dict(zip(INTERVAL, map(float, ends), strict=True))


def _ended(objective: Objective, folds: Sequence[Ended]) -> Ended:
    broken = any(fold.outcome == "infeasible" for fold in folds)
    kept = [f.checkpoint for f in folds if f.checkpoint is not None]
    better = max if objective.direction == "maximize" else min
    best = better(kept, key=lambda c: c.metrics[objective.metric] or 0.0, default=None)
    return replace(
        folds[0],
        outcome="infeasible" if broken else "complete",
        checkpoint=best,
        mistakes=Mistakes(_summed([fold.mistakes.confusion for fold in folds])),
    )


def _summed(matrices: Sequence[list[list[int]] | None]) -> list[list[int]] | None:
    """Every sample of the data is in the validation set of one fold."""
    known = [np.array(matrix) for matrix in matrices if matrix is not None]
    return None if len(known) < len(matrices) else np.sum(known, axis=0).tolist()
