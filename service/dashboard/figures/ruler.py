"""An axis of the space as a ruler: its drawn length, and places on it in shares of that."""

from typing import Any

import numpy as np

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.columns import Numbers
from service.dashboard.figures.scene import Axis

LOG_EDGE = 1.35  # factor by which a log axis goes beyond what is searched
EDGE = 0.05  # the same for a linear axis, as a share of the range


def limits(axis: Axis) -> tuple[float, float]:
    """The searched range with a little air, in the axis' unit."""
    if axis.log:
        return axis.low / LOG_EDGE, axis.high * LOG_EDGE
    air = EDGE * (axis.high - axis.low) or 1.0
    return axis.low - air, axis.high + air


def drawn(axis: Axis, **given: Any) -> dict[str, Any]:
    """The axis as Plotly takes it."""
    return drawing.axis(words.path_title(axis.path), log=axis.log, range=limits(axis), **given)


def shares(axis: Axis, values: Numbers, bounds: tuple[float, float] | None = None) -> Numbers:
    """Values of the axis as shares of what is drawn, or of other bounds; nan stays. [N]"""
    low, high = scaled(axis, np.array(bounds or limits(axis)))
    found: Numbers = (scaled(axis, values) - low) / ((high - low) or 1.0)
    return found


def places(axis: Axis, share: Numbers, bounds: tuple[float, float] | None = None) -> Numbers:
    """The inverse of `shares`, in the axis' unit. [N]"""
    low, high = scaled(axis, np.array(bounds or limits(axis)))
    found: Numbers = low + share * (high - low)
    return np.power(10.0, found) if axis.log else found


def scaled(axis: Axis, values: Numbers) -> Numbers:
    """What is linear along the axis: the decimal logarithm on a log one. [N]"""
    return np.log10(values) if axis.log else values


def short(values: Numbers) -> list[float]:
    """Four significant digits of each, as much as a figure shows."""
    return [float(f"{value:.4g}") for value in values]
