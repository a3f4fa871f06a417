"""Of many trials, those that the eye can tell apart: in every cell of the plot, the best one.

A study of 100 000 trials is drawn with a few hundred marks. Cells are halved until few enough are
occupied; they lie where they lay before when trials are added, so that an update changes little.
"""

import math
from collections.abc import Sequence

import numpy as np

from service.dashboard.figures.columns import Columns, Mask, Numbers, Whole, columns
from service.dashboard.figures.scene import Point

MOST = 500  # marks in a figure
NEWEST = 12  # trials that are drawn wherever they lie
FINEST = (256, 192)  # cells along the plot's width and height: 2 to 3 px each
BEYOND = 0.25  # of the plot's size: how far off its edges cells still differ


def thinned(
    u: Numbers, v: Numbers, order: Whole, *, kind: Whole, kept: Mask, most: int = MOST
) -> Whole:
    """Which points to draw, ascending: `kept` ones, and of each kind (0 or 1) the first in a cell.

    `u` and `v` are finite places in shares of the plot's width and height, `order` the points'
    places from the best on. All [N]; at most `most` and the kept ones are answered.
    """
    across, down = FINEST
    while len(order) > most and across * down > 1:
        order = order[_firsts(u[order], v[order], kind[order], across, down)]
        across, down = (across // 2, down) if across > down else (across, max(1, down // 2))
    return np.union1d(order[:most], np.flatnonzero(kept))


def visible(
    points: Sequence[Point], u: Numbers, v: Numbers, *, maximize: bool, most: int = MOST
) -> Whole:
    """Which trials to draw: in each cell the best one and the best infeasible one; and always the
    best and the newest of all.
    """
    facts = columns(points)
    kind = facts.among("infeasible").astype(np.int64)
    order = np.lexsort((-facts.merit(maximize=maximize), ~facts.among("complete")))
    return thinned(u, v, order, kind=kind, kept=_kept(facts, maximize), most=most)


def steady(values: Numbers, low: float, high: float) -> Numbers:
    """Values in shares of a range around `low` to `high` that seldom changes when these do. [N]"""
    size = 2.0 ** math.ceil(math.log2(high - low)) if high > low else 1.0
    return (values - math.floor(low / size) * size) / (2 * size)


def _firsts(u: Numbers, v: Numbers, kind: Whole, across: int, down: int) -> Whole:
    """The first point of each cell and kind, in their order."""
    column = np.floor(np.clip(u, -BEYOND, 1 + BEYOND) * across).astype(np.int64)
    row = np.floor(np.clip(v, -BEYOND, 1 + BEYOND) * down).astype(np.int64)
    cell = (column * 4 * down + row) * 2 + kind
    return np.sort(np.unique(cell, return_index=True)[1])


def _kept(facts: Columns, maximize: bool) -> Mask:
    kept = np.zeros(len(facts.number), dtype=bool)
    kept[-NEWEST:] = True
    best = facts.best(maximize=maximize)
    if best is not None:
        kept[best] = True
    return kept
