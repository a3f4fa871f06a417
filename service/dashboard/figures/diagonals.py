"""Lines of equal lr × weight decay: along them, decay shrinks the weights by as much a step."""

import math
from typing import Any

from service.dashboard.figures import drawing, ruler
from service.dashboard.figures.scene import Axis

PATHS = ("optimizer.lr", "optimizer.weight_decay")
MOST = 4  # lines

# The light page's ground, so that a name over points can be read.
PLATE = {"bgcolor": drawing.GROUND, "borderpad": 1}


def drawn(x: Axis, y: Axis) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(shapes, annotations); none where the axes are others or not logarithmic."""
    if not fit(x, y):
        return [], []
    left, right = (math.log10(v) for v in ruler.limits(x))
    bottom, top = (math.log10(v) for v in ruler.limits(y))
    shapes: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for power in _powers(math.log10(x.low * y.low), math.log10(x.high * y.high)):
        ends = max(left, power - top), min(right, power - bottom)
        shapes.append(_line(ends, power))
        names.append(_name(ends[0], power - ends[0], f"1e{power}", from_top=ends[0] > left))
    return shapes, names


def fit(*axes: Axis) -> bool:
    """Whether these are logarithmic axes of lr and of weight decay."""
    return tuple(axis.path for axis in axes) == PATHS and all(axis.log for axis in axes)


def _powers(low: float, high: float) -> list[int]:
    """Some whole powers of ten well between two others."""
    within = range(math.floor(low) + 1, math.ceil(high))
    step = -(-len(within) // MOST) if within else 1
    return [power for power in within if power % step == 0]


def _line(ends: tuple[float, float], power: int) -> dict[str, Any]:
    return {
        "type": "line",
        "layer": "below",
        "x0": 10 ** ends[0],
        "y0": 10 ** (power - ends[0]),
        "x1": 10 ** ends[1],
        "y1": 10 ** (power - ends[1]),
        "line": {"color": drawing.QUIET, "width": 1, "dash": "dot"},
    }


def _name(x: float, y: float, text: str, *, from_top: bool) -> dict[str, Any]:
    """At the line's upper end, inside the plot; `x` and `y` are logarithms."""
    return {
        "x": x,
        "y": y,
        "xanchor": "left",
        "yanchor": "top" if from_top else "bottom",
        "xshift": 4 if from_top else 0,
        "text": text,
        "showarrow": False,
        "font": {"color": drawing.QUIET},
        **PLATE,
    }
