"""Trials as points: one trace per state, each with a sign of its own that reads without colour."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from diagnostics.words import rounded
from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.scene import Axis, Point, StudyScene

DARKEST = 25  # percentile of the objective where the colour scale begins, so the good ones differ
LONGEST = 120  # characters of what hovering a trial says

SMALLEST = 4  # px of a sign in a crowd
CROWD = 150  # trials, from which on signs get smaller


@dataclass(frozen=True)
class Sign:
    """How trials of a state look; `colour` None: by the objective where there is one."""

    symbol: str
    size: int
    colour: str | None = None


SIGNS = {
    "complete": Sign("circle", 11),
    "running": Sign("circle-open", 11),
    "pruned": Sign("triangle-down", 11),
    "infeasible": Sign("x-thin", 9, drawing.FATAL),
    "failed": Sign("square-open", 9, drawing.QUIET),
    "cancelled": Sign("line-ew", 8, drawing.QUIET),
    "waiting": Sign("circle", 4, drawing.QUIET),
}


@dataclass(frozen=True)
class Placed:
    """A trial and its place in the plot, in the axes' units."""

    point: Point
    x: float
    y: float


def traces(
    scene: StudyScene, placed: Sequence[Placed], axes: Sequence[Axis], *, coloured: bool
) -> list[dict[str, Any]]:
    """A trace per state that occurs; hovering a point names the trial, its data is the trial."""
    drawn = []
    for state, full in SIGNS.items():
        sign = replace(full, size=max(full.size - _crowding(placed), SMALLEST))
        mine = [p for p in placed if p.point.state == state]
        for group, by_value in _split(mine, coloured and sign.colour is None, scene.maximize):
            drawn.append(_trace(scene, group, sign, axes, by_value))
        if mine and state != "complete":
            drawn.append(_legend_entry(state, sign))
    return drawn


def ring(best: Placed) -> dict[str, Any]:
    """A ring around the best trial, named."""
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [best.x],
        "y": [best.y],
        "text": ["best"],
        "textposition": "top center",
        "cliponaxis": False,
        "textfont": {"color": drawing.INK},
        "hoverinfo": "skip",
        "showlegend": False,
        "marker": {"size": 19, "symbol": "circle-open", "color": drawing.INK, "line": {"width": 2}},
    }


def best(scene: StudyScene, placed: Sequence[Placed]) -> Placed | None:
    """The best complete trial among those drawn; of equals, the earliest."""
    found: Placed | None = None
    for candidate in placed:
        value = candidate.point.value
        if candidate.point.state == "complete" and value is not None:
            champion = None if found is None else found.point.value
            found = candidate if scene.better(value, champion) else found
    return found


def colour_axis(scene: StudyScene, placed: Sequence[Placed]) -> dict[str, Any]:
    """Viridis, bright for good, over the better part of the values."""
    limits = colour_limits(scene, placed)
    if limits is None:
        return {"showscale": False}
    low, high = (value * words.scale(scene.metric) for value in limits)
    return {
        "colorscale": "Viridis",
        "reversescale": not scene.maximize,
        "cmin": low,
        "cmax": high if high > low else low + 1e-9,
        "colorbar": {
            "thickness": 10,
            "nticks": 6,
            "outlinewidth": 0,
            "title": {"text": words.unit(scene.metric)},
        },
    }


def colour_limits(scene: StudyScene, placed: Sequence[Placed]) -> tuple[float, float] | None:
    """Lowest and highest objective that the colours tell apart; None where there is none."""
    values = sorted(p.point.value for p in placed if p.point.value is not None and _by_value(p))
    if not values:
        return None
    cut = (len(values) - 1) * DARKEST // 100
    return (values[cut], values[-1]) if scene.maximize else (values[0], values[-1 - cut])


def hover(scene: StudyScene, point: Point, axes: Sequence[Axis]) -> str:
    """`Trial 12: 97.4 %, lr 0.031, weight decay 2.1e-4`, with the state where it matters."""
    value = "diverged" if point.value is None and point.state == "infeasible" else None
    value = value or words.objective(scene.metric, point.value)
    if point.state != "complete" and value != point.state:
        value = f"{point.state}, {value}"
    value += f", mean of {point.seeds} seeds" if point.seeds > 1 else ""
    where = [point.says(path) for path in (*(axis.path for axis in axes), *scene.others)]
    said = f"Trial {point.number}: {', '.join([value, *where])}"
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def behind(scene: StudyScene, shown: int) -> str:
    """`Of 10 000 trials, the best at each spot.` Nothing where all of the scene's are shown."""
    several = scene.repeats > 1 and bool(scene.points)
    said = f"A point's value is the mean of its {scene.repeats} seeds. " if several else ""
    if shown == len(scene.points):
        return said
    every = words.counted(len(scene.points), scene.noun)
    return f"{said}Of {every}, the best at each spot. "


def _crowding(placed: Sequence[Placed]) -> int:
    """By how many pixels signs are smaller where there are many: 2 for each doubling."""
    return round(2 * math.log2(max(1.0, len(placed) / CROWD)))


def _split(
    mine: Sequence[Placed], coloured: bool, maximize: bool
) -> list[tuple[Sequence[Placed], bool]]:
    """Those with a value and those without apart, where the value decides the colour.

    The better ones come last and so lie on top.
    """
    if not coloured:
        return [(mine, False)] if mine else []
    valued = sorted(
        (p for p in mine if p.point.value is not None),
        key=lambda p: p.point.value or 0.0,
        reverse=not maximize,
    )
    rest = [p for p in mine if p.point.value is None]
    return [(group, by) for group, by in ((valued, True), (rest, False)) if group]


def _trace(
    scene: StudyScene, group: Sequence[Placed], sign: Sign, axes: Sequence[Axis], by_value: bool
) -> dict[str, Any]:
    scale = words.scale(scene.metric)
    colour = sign.colour or drawing.SERIES[0]
    paint: dict[str, Any] = {"color": colour}
    if by_value:
        paint = {
            "color": [rounded((p.point.value or 0.0) * scale, 4) for p in group],
            "coloraxis": "coloraxis",
        }
    return {
        "type": "scatter",
        "mode": "markers",
        "name": group[0].point.state,
        "showlegend": False,
        "x": [p.x for p in group],
        "y": [p.y for p in group],
        "customdata": [p.point.trial for p in group],
        "text": [drawing.plain(hover(scene, p.point, axes)) for p in group],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": sign.size, "symbol": sign.symbol, "line": _outline(sign), **paint},
    }


def _legend_entry(state: str, sign: Sign) -> dict[str, Any]:
    """A trace without points, since the legend cannot show a colour scale."""
    colour = sign.colour or drawing.QUIET
    return {
        "type": "scatter",
        "mode": "markers",
        "name": state,
        "x": [None],
        "y": [None],
        "marker": {
            "size": sign.size,
            "symbol": sign.symbol,
            "color": colour,
            "line": _outline(sign),
        },
    }


def _outline(sign: Sign) -> dict[str, Any]:
    if sign.symbol in ("x-thin", "line-ew"):  # drawn by their outline alone
        return {"width": 2.5, "color": sign.colour}
    return {"width": 2} if sign.symbol.endswith("-open") else {"width": 1, "color": drawing.QUIET}


def _by_value(placed: Placed) -> bool:
    return SIGNS[placed.point.state].colour is None
