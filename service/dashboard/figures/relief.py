"""What lies below the trials of a plane: contour lines of the objective, and the broken region."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.dashboard import words
from service.dashboard.figures import diagonals, drawing, ground, hatching, ruler
from service.dashboard.figures.columns import Mask, Numbers, columns
from service.dashboard.figures.ground import Ground
from service.dashboard.figures.scene import Axis, StudyScene
from service.dashboard.figures.trials_drawn import Placed

LEVELS = 8  # bands of the objective
TOP = 0.97  # of the height, where the broken region is named

Axes = tuple[Axis, Axis]


@dataclass(frozen=True)
class Relief:
    """Traces below the trials, and annotations."""

    traces: tuple[dict[str, Any], ...]
    names: tuple[dict[str, Any], ...]


def drawn(
    scene: StudyScene,
    axes: Axes,
    shares: tuple[Numbers, Numbers],
    placed: Sequence[Placed],
    limits: tuple[float, float] | None,
) -> Relief:
    """Of the scene's trials, whose places are `shares` of the plot; `limits` bound the colours."""
    broken = _all(scene, shares).broken()
    hatched = None if broken is None or broken.max() <= hatching.HALF else broken
    surface = _visible(axes, placed).surface(*limits) if limits else None
    if surface is not None and hatched is not None:
        surface = np.where(_inner(hatched), np.nan, surface)
    traces = []
    if surface is not None and limits is not None:
        scaled = surface * words.scale(scene.metric)
        traces.append(_contour(axes, scaled, limits, scene.metric, maximize=scene.maximize))
    if hatched is not None:
        traces += [_border(axes, hatched), _hatches(axes, hatched)]
    return Relief(tuple(traces), () if hatched is None else (_name(axes, hatched),))


def _all(scene: StudyScene, shares: tuple[Numbers, Numbers]) -> Ground:
    """All trials that have ended one way or the other."""
    facts = columns(scene.points)
    judged = facts.among("complete", "pruned", "infeasible")
    broken: Mask = facts.among("infeasible")[judged]
    return Ground(shares[0][judged], shares[1][judged], facts.value[judged], broken)


def _inner(broken: Numbers) -> Mask:
    """The broken region but for its edge, so that no gap stays between it and the surface."""
    from scipy.ndimage import binary_erosion

    inner: Mask = binary_erosion(broken > hatching.HALF, border_value=1)
    return inner


def _visible(axes: Axes, placed: Sequence[Placed]) -> Ground:
    """The complete trials that are drawn: the surface runs through what the reader sees."""
    whole = [p for p in placed if p.point.state == "complete" and p.point.value is not None]
    return Ground(
        ruler.shares(axes[0], np.array([p.x for p in whole], dtype=float)),
        ruler.shares(axes[1], np.array([p.y for p in whole], dtype=float)),
        np.array([p.point.value for p in whole], dtype=float),
        np.zeros(len(whole), dtype=bool),
    )


def _contour(
    axes: Axes, surface: Numbers, limits: tuple[float, float], metric: str, *, maximize: bool
) -> dict[str, Any]:
    low, high = (value * words.scale(metric) for value in limits)
    size = (high - low) / LEVELS
    return {
        **_grid(axes, surface),
        "name": "between trials",
        # Plotly refuses a coloraxis that markers share with a filled contour.
        "colorscale": "Viridis",
        "reversescale": not maximize,
        "zmin": low,
        "zmax": high if high > low else low + 1e-9,
        "showscale": False,
        "opacity": 0.4,
        "contours": {"start": low + size, "end": high - size / 2, "size": size},
        "line": {"width": 0.5, "smoothing": 0.8},
    }


def _border(axes: Axes, broken: Numbers) -> dict[str, Any]:
    half = {"start": hatching.HALF, "end": hatching.HALF, "size": 1, "coloring": "none"}
    return {
        **_grid(axes, broken),
        "name": "border of the infeasible region",
        "showscale": False,
        "contours": half,
        "line": {"color": drawing.FATAL, "width": 1.5, "smoothing": 1},
    }


def _grid(axes: Axes, values: Numbers) -> dict[str, Any]:
    columns_, rows = ground.nodes()
    return {
        "type": "contour",
        "x": ruler.short(ruler.places(axes[0], columns_)),
        "y": ruler.short(ruler.places(axes[1], rows)),
        "z": [[None if np.isnan(v) else float(f"{v:.3g}") for v in row] for row in values],
        "hoverinfo": "skip",
        "showlegend": False,
        "autocontour": False,
    }


def _hatches(axes: Axes, broken: Numbers) -> dict[str, Any]:
    lines = hatching.lines(broken)
    ends = np.array([[u0, u1, v0, v1] for u0, v0, u1, v1 in lines]).reshape(-1, 4)
    x = ruler.places(axes[0], ends[:, :2])
    y = ruler.places(axes[1], ends[:, 2:])
    return hatching.trace(_parted(x), _parted(y))


def _parted(ends: Numbers) -> list[float | None]:
    return [place for pair in ends for place in (*ruler.short(pair), None)]


def _name(axes: Axes, broken: Numbers) -> dict[str, Any]:
    """In the region's upper part."""
    columns_, rows = ground.nodes()
    inside = broken > hatching.HALF
    row = int(np.flatnonzero(inside.any(1) & (rows <= TOP)).max(initial=0))
    across = columns_[inside[row]] if inside[row].any() else columns_[inside.any(0)]
    place = ruler.places(axes[0], np.array([across.mean()])), ruler.places(axes[1], rows[[row]])
    x, y = (float(ruler.scaled(axis, v)[0]) for axis, v in zip(axes, place, strict=True))
    text = {
        "text": "infeasible",
        "showarrow": False,
        "font": {"color": drawing.FATAL},
        **diagonals.PLATE,
    }
    return {"x": x, "y": y, "yanchor": "top", **text}
