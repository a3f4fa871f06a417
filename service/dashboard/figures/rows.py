"""Small plots below each other in one figure, each with an x axis of its own."""

from typing import Any

from service.dashboard.figures import ruler
from service.dashboard.figures.scene import Axis

GAP = 0.13  # of the figure's height between two rows: an axis' numbers and title

STANDOFF = 4  # px between an axis' numbers and its title


def axes(rows: list[Axis], **given: Any) -> dict[str, Any]:
    """The x axes of a layout, from the top down; `y<n>` goes with `x<n>`, see `domain`."""
    found: dict[str, Any] = {}
    for row, axis in enumerate(rows):
        anchor = f"y{number(row)}"
        drawn = {**ruler.drawn(axis), "anchor": anchor, **given}
        drawn["title"] = {**drawn["title"], "standoff": STANDOFF}
        found[f"xaxis{number(row)}"] = drawn
    return found


def domain(row: int, rows: int) -> list[float]:
    """From the bottom to the top of a row, in shares of the figure's height."""
    height = (1 - (rows - 1) * GAP) / rows
    top = 1 - row * (height + GAP)
    return [round(max(0.0, top - height), 4), round(top, 4)]


def trace(row: int, **given: Any) -> dict[str, Any]:
    """Points or lines of a row, of which `text` tells."""
    axes = {"xaxis": f"x{number(row)}", "yaxis": f"y{number(row)}"}
    return {"type": "scatter", **axes, "hovertemplate": "%{text}<extra></extra>", **given}


def number(row: int) -> str:
    """As Plotly counts axes: nothing, 2, 3, …"""
    return "" if row == 0 else str(row + 1)
