"""Whether a setting's best value lies at the end of what is searched."""

from collections.abc import Iterable

import numpy as np

from service.dashboard import words
from service.dashboard.figures import ruler
from service.dashboard.figures.scene import Axis

END = 0.04  # of an axis' length at either end: a sixth of a decade of four
FEWEST = 5  # complete trials, below which the best may lie anywhere


def edge(axis: Axis, best: float | None, spoiled: Iterable[float | None], complete: int) -> str:
    """`above 1` or `below 1e-4`, where one would search too; empty where the best is at no end.

    `spoiled` are the values of infeasible trials: nobody is sent on where they broke. A linear axis
    that ends at 0 or 1 is seldom meant to go on: shares, numbers of layers.
    """
    if complete < FEWEST or best is None or not axis.low <= best <= axis.high:
        return ""
    share = _share(axis, best)
    up = bool(share > 0.5)
    end = axis.high if up else axis.low
    whole = not axis.log and end in (0.0, 1.0)
    if whole or inside(axis, best) or axis.low == axis.high:
        return ""
    if any(value is not None and (value > best if up else value < best) for value in spoiled):
        return ""
    return f"{'above' if up else 'below'} {words.param(end)}"


def inside(axis: Axis, best: float | None) -> bool:
    """Whether it lies well within what is searched."""
    return best is not None and END < _share(axis, best) < 1 - END


def _share(axis: Axis, best: float) -> float:
    [share] = ruler.shares(axis, np.array([best]), (axis.low, axis.high))
    return float(share)
