"""A region of the plane as diagonal lines, like on a map: it reads without colour."""

from typing import Any

import numpy as np

from service.dashboard.figures import drawing
from service.dashboard.figures.columns import Numbers

HALF = 0.5  # share of infeasible trials from which on a place counts as infeasible
APART = 0.035  # of the plot's width between two lines
SLOPE = 0.6  # of the lines, in shares of the width per share of the height
STEPS = 240  # places looked at along a line
SHORTEST = 3  # steps of a line that is drawn


def lines(share: Numbers) -> list[tuple[float, float, float, float]]:
    """(u0, v0, u1, v1) of each line through places where `share` [rows, columns] is above half."""
    from scipy.ndimage import map_coordinates

    height = np.linspace(0, 1, STEPS)
    found = []
    for start in np.arange(-SLOPE, 1, APART):
        along = start + SLOPE * height
        at = [height * (share.shape[0] - 1), along * (share.shape[1] - 1)]
        inside = map_coordinates(share, at, order=1, cval=0.0) > HALF
        inside &= (along >= 0) & (along <= 1)
        for first, last in _runs(inside):
            found.append((along[first], height[first], along[last], height[last]))
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in found]


def trace(x: list[float | None], y: list[float | None]) -> dict[str, Any]:
    """The lines in the axes' units; None stands between two of them."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "infeasible region",
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "showlegend": False,
        "opacity": 0.7,
        "line": {"color": drawing.FATAL, "width": 1},
    }


def _runs(inside: Any) -> list[tuple[int, int]]:
    """First and last place of each unbroken run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(np.int8), [0]])))
    pairs = zip(edges[::2], edges[1::2] - 1, strict=True)
    return [(int(first), int(last)) for first, last in pairs if last - first >= SHORTEST]
