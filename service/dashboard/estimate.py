"""What a study would cost: its trials and epochs, and the time, from what was measured before."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from pydantic import BaseModel

from service.dashboard import words
from service.store.pace import Pace
from service.study import StudyDocument

UNKNOWN = "the time is unknown until the first epoch"


class Estimate(BaseModel):
    """`seconds` is wall time with `workers` (with one where none is online), as in `study`."""

    trials: int
    epochs: int
    seconds: float | None
    workers: int
    study: int | None
    sentence: str


def estimate(
    study: StudyDocument, samples: Mapping[str, Sequence[Any]], pace: Pace | None, workers: int
) -> Estimate:
    """The cost of a parsed study; `samples` are values of the searched paths."""
    trials = (study.trials or 0) * study.repeats
    each = _epochs(study, samples)
    epochs = round(trials * each)
    seconds = None if pace is None else epochs * pace.seconds / max(1, min(workers, trials))
    sentence = f"{_count(study, each, epochs)}; {_time(seconds, pace, workers)}."
    return Estimate(
        trials=trials,
        epochs=epochs,
        seconds=seconds,
        workers=workers,
        study=None if pace is None else pace.study,
        sentence=sentence,
    )


def _epochs(study: StudyDocument, samples: Mapping[str, Sequence[Any]]) -> float:
    """Of one trial; their mean where they are searched themselves."""
    drawn = [value for value in samples.get("epochs", ()) if isinstance(value, int | float)]
    return fmean(drawn) if drawn else study.recipe.epochs


def _count(study: StudyDocument, each: float, epochs: int) -> str:
    """64 trials × 20 epochs = 1 280 epochs."""
    about = "" if each == int(each) and "epochs" not in study.space else "about "
    points = study.trials or 0
    searched = words.counted(points, "trial" if study.repeats == 1 else "point")
    repeats = "" if study.repeats == 1 else f" × {words.count(study.repeats)} repeats"
    total = words.counted(epochs, "epoch")
    return (
        f"{searched}{repeats} × {about}{words.counted(round(each), 'epoch')} = "
        f"{about}{_limit(study)}{total}"
    )


def _limit(study: StudyDocument) -> str:
    stops = study.stopping.name != "none" or study.recipe.early_stopping is not None
    return "at most " if stops else ""


def _time(seconds: float | None, pace: Pace | None, workers: int) -> str:
    absent = "" if workers else "; no worker is online now"
    if seconds is None or pace is None:
        return UNKNOWN + absent
    team = words.counted(workers, "worker") if workers else "one worker"
    return f"about {words.duration(seconds)} with {team} (as in study {pace.study}){absent}"
