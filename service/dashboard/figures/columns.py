"""The trials of a study as columns of numbers: what figures count and thin without a loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.dashboard import words
from service.dashboard.figures.scene import Axis, Point, numeric
from service.tables import TRIAL_STATES

Numbers: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Columns:
    """`value` is the objective, nan where there is none; `state` a place in TRIAL_STATES. [N]"""

    number: Whole
    value: Numbers
    state: Whole

    def among(self, *states: str) -> Mask:
        """Which trials are in one of these states. [N]"""
        return np.isin(self.state, [TRIAL_STATES.index(state) for state in states])

    def merit(self, *, maximize: bool) -> Numbers:
        """The objective turned so that higher is better; -inf where there is none. [N]"""
        return np.where(np.isnan(self.value), -np.inf, self.value if maximize else -self.value)

    def best(self, *, maximize: bool) -> int | None:
        """The place of the best complete trial; of equals, the earliest."""
        merit = np.where(self.among("complete"), self.merit(maximize=maximize), -np.inf)
        return int(merit.argmax()) if np.isfinite(merit).any() else None


def columns(points: Sequence[Point]) -> Columns:
    """Of N trials."""
    codes = {state: code for code, state in enumerate(TRIAL_STATES)}
    size = len(points)
    return Columns(
        np.fromiter((point.number for point in points), np.int64, size),
        np.fromiter((np.nan if p.value is None else p.value for p in points), np.float64, size),
        np.fromiter((codes[point.state] for point in points), np.int64, size),
    )


def along(points: Sequence[Point], axis: Axis) -> Numbers:
    """The trials' places on an axis, in its unit; nan for one that has none there. [N]"""
    given = (point.params.get(axis.path) for point in points)
    found = np.fromiter(
        (value if type(value) is float else _number(value) for value in given),
        np.float64,
        len(points),
    )
    found[np.abs(found) < 1 / words.HUGE] = 0.0
    found[~(np.abs(found) <= words.HUGE)] = np.nan
    if axis.log:
        found[found <= 0] = np.nan
    return found


def _number(value: object) -> float:
    number = numeric(value)
    return np.nan if number is None else number
