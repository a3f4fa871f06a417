"""The trials of a study by their points, and what is said of several of them together."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from statistics import fmean
from typing import Any

from diagnostics.verdict import Remedy, Severity
from diagnostics.words import MISSING, written

INFEASIBLE = "infeasible"
SOUND = ("complete", "pruned")  # ended, and not of a fatal verdict
MOST_NAMED = 3  # settings of a point in a sentence


@dataclass(frozen=True)
class Ran:
    """A trial: its `number` in the study, state, point and result.

    `params` are the searched values by recipe path, the same for all seeds of a point; `value` is
    the objective; `causes` are those of its diagnosis (diagnostics.causes), the likeliest first.
    """

    number: int
    state: str
    params: Mapping[str, Any]
    value: float | None = None
    causes: tuple[str, ...] = ()

    @property
    def result(self) -> float | None:
        """The value of a trial that is complete: others were seen for too few epochs."""
        known = self.state == "complete" and self.value is not None and isfinite(self.value)
        return self.value if known else None


class Kind(StrEnum):
    """What a pattern is about."""

    SEEDS = "seeds"  # the same point ends well or badly, as the seed has it
    SETTING = "setting"  # a fault begins at some value of one hyperparameter
    OUTLIER = "outlier"  # a value that its neighbours do not explain


@dataclass(frozen=True)
class Pattern:
    """One thing that several trials say together; `trials` are the numbers of those it is about.

    `evidence` holds plain numbers, strings and lists (JSON).
    """

    kind: Kind
    severity: Severity
    summary: str
    evidence: dict[str, Any]
    trials: tuple[int, ...]
    remedy: Remedy | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        remedy = None if self.remedy is None else vars(self.remedy)
        words = {"kind": self.kind.value, "severity": self.severity.value, "remedy": remedy}
        return vars(self) | words | {"trials": list(self.trials)}


@dataclass(frozen=True)
class Point:
    """One point of the study with the trials of all its seeds."""

    params: Mapping[str, Any]
    trials: tuple[Ran, ...] = field(default_factory=tuple)

    @property
    def died(self) -> tuple[Ran, ...]:
        """Those that are infeasible."""
        return tuple(trial for trial in self.trials if trial.state == INFEASIBLE)

    @property
    def is_infeasible(self) -> bool:
        """Half of its seeds or more."""
        return 2 * len(self.died) >= len(self.trials)

    @property
    def value(self) -> float | None:
        """The mean over its complete trials; None unless all of them are."""
        known = [trial.result for trial in self.trials]
        values = [value for value in known if value is not None]
        return fmean(values) if values and len(values) == len(known) else None

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(trial.number for trial in self.trials)

    def suffers(self, cause: str) -> bool:
        """Whether that is the likeliest cause in half of its trials or more."""
        return 2 * sum(trial.causes[:1] == (cause,) for trial in self.trials) >= len(self.trials)


def grouped(trials: Iterable[Ran]) -> tuple[Point, ...]:
    """Points in the order of their first trial, of all trials that ended by themselves."""
    found: dict[str, list[Ran]] = {}
    for trial in trials:
        if trial.state in (INFEASIBLE, *SOUND):
            key = json.dumps(trial.params, sort_keys=True, default=str)
            found.setdefault(key, []).append(trial)
    return tuple(Point(group[0].params, tuple(group)) for group in found.values())


def searched(points: Sequence[Point]) -> tuple[str, ...]:
    """The paths that every point has, and that differ between them."""
    shared = [p for p in (points[0].params if points else ()) if all(p in q.params for q in points)]
    return tuple(p for p in shared if len({str(q.params[p]) for q in points}) > 1)


def unit(points: Sequence[Point]) -> str:
    """What is counted: a point is its trial, where each has one seed."""
    return "point" if any(len(point.trials) > 1 for point in points) else "trial"


def is_number(value: Any) -> bool:
    """A number that can be compared; true and false are a choice."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """The last word of each path, or all of it where two would be called the same."""
    last = {path: path.rpartition(".")[2].replace("_", " ") for path in paths}
    often = Counter(last.values())
    return {path: name if often[name] == 1 else path for path, name in last.items()}


def told(point: Point) -> str:
    """`lr 0.031, weight decay 2e-4`; the first few where there are many."""
    names = short_names(tuple(point.params))
    said = [f"{names[path]} {written(value)}" for path, value in point.params.items()]
    return ", ".join([*said[:MOST_NAMED], *(["…"] if len(said) > MOST_NAMED else [])]) or MISSING
