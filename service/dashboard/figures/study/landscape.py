"""Where good trials lie: the first two numeric paths of the space, coloured by the objective."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.dashboard import words
from service.dashboard.figures import (
    diagonals,
    drawing,
    relief,
    ruler,
    seeds,
    thinning,
    trials_drawn,
)
from service.dashboard.figures.columns import Numbers, along, columns
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Axis, StudyScene
from service.dashboard.figures.trials_drawn import Placed

SHORT = 80  # characters of settings that a caption still names
FEWEST = 2  # infeasible trials that a bound is told for


class Landscape(StudyFigure):
    """The searched plane; with one numeric path, the objective against it."""

    title = "Where good trials lie"
    order = 10
    columns = 7

    def draw(self, scene: StudyScene) -> Drawing:
        scene = seeds.by_point(scene)
        if not scene.axes:
            return drawing.empty(
                "The space has no numeric setting to draw against. The table has every trial."
            )
        return _plane(scene) if len(scene.axes) > 1 else _profile(scene)


def _plane(scene: StudyScene) -> Drawing:
    x, y = scene.axes[:2]
    spots = _Spots.of(scene, along(scene.points, x), along(scene.points, y))
    if not len(spots.x):
        return drawing.empty("Each trial becomes a point here as soon as a worker takes it.")
    u, v = ruler.shares(x, spots.x), ruler.shares(y, spots.y)
    placed = spots.drawn(u, v)
    limits = trials_drawn.colour_limits(scene, placed)
    below = relief.drawn(spots.scene, (x, y), (u, v), placed, limits)
    shapes, names = diagonals.drawn(x, y)
    return _drawn(
        spots,
        [*below.traces, *trials_drawn.traces(scene, placed, scene.axes, coloured=True)],
        placed,
        (x, y),
        yaxis=ruler.drawn(y),
        coloraxis=trials_drawn.colour_axis(scene, placed),
        shapes=shapes,
        annotations=[*names, *below.names],
    )


def _profile(scene: StudyScene) -> Drawing:
    x, facts = scene.axes[0], columns(scene.points)
    values = facts.value * words.scale(scene.metric)
    limits = drawing.bulk(values[~np.isnan(values)].tolist()) or (0.0, 1.0)
    lost = np.isnan(values) & facts.among("infeasible")
    values[lost] = drawing.worst_edge(limits, maximize=scene.maximize)
    shown = np.flatnonzero(~np.isnan(values))
    scene = scene.with_points(tuple(scene.points[i] for i in shown))
    spots = _Spots.of(scene, along(scene.points, x), values[shown])
    if not len(spots.x):
        return drawing.empty("Points appear once a trial has reported its first epoch.")
    placed = spots.drawn(ruler.shares(x, spots.x), thinning.steady(spots.y, *limits))
    return _drawn(
        spots,
        trials_drawn.traces(scene, placed, scene.axes, coloured=False),
        placed,
        (x,),
        yaxis=drawing.axis(words.axis_title(scene.metric), range=limits),
    )


@dataclass(frozen=True)
class _Spots:
    """The trials of `scene` that have a place, in the plot's units [M]; `nowhere` have none."""

    scene: StudyScene
    x: Numbers
    y: Numbers
    nowhere: int

    @classmethod
    def of(cls, scene: StudyScene, x: Numbers, y: Numbers) -> "_Spots":
        there = np.flatnonzero(~(np.isnan(x) | np.isnan(y)))
        some = scene.with_points(tuple(scene.points[i] for i in there))
        return cls(some, x[there], y[there], len(scene.points) - len(there))

    def drawn(self, u: Numbers, v: Numbers) -> list[Placed]:
        """Those that the eye can tell apart, from their shares of the plot."""
        points = self.scene.points
        shown = thinning.visible(points, u, v, maximize=self.scene.maximize)
        x, y = ruler.short(self.x[shown]), ruler.short(self.y[shown])
        return [Placed(points[i], px, py) for i, px, py in zip(shown, x, y, strict=True)]


def _drawn(
    spots: _Spots,
    data: Sequence[dict[str, Any]],
    placed: Sequence[Placed],
    axes: Sequence[Axis],
    **layout: Any,
) -> Drawing:
    best = trials_drawn.best(spots.scene, placed)
    return drawing.figure(
        [*data, *([trials_drawn.ring(best)] if best else [])],
        caption=_caption(spots, placed, axes, best),
        xaxis=ruler.drawn(axes[0]),
        **layout,
        **drawing.LEGEND,
    )


def _caption(
    spots: _Spots, placed: Sequence[Placed], axes: Sequence[Axis], best: Placed | None
) -> str:
    scene = spots.scene
    said = "No trial is complete yet. "
    if best is not None:
        where = ", ".join(best.point.says(axis.path) for axis in axes)
        said = f"Best at {where}{_beside(scene, axes, best)}. "
    said += _bound(spots, axes[0])
    said += _colours(scene, placed) if len(axes) > 1 else ""
    said += "Dotted: equal lr × weight decay. " if diagonals.fit(*axes) else ""
    said += trials_drawn.behind(scene, len(placed))
    beyond = _beyond(spots, axes)
    said += f"{words.counted(beyond, 'point')} beyond the searched range. " if beyond else ""
    why = " (a log axis has no 0)" if any(axis.log for axis in axes) else ""
    lost = f"Off the axes: {words.counted(spots.nowhere, scene.noun)}{why}. "
    return (said + (lost if spots.nowhere else "")).strip()


def _beside(scene: StudyScene, axes: Sequence[Axis], best: Placed) -> str:
    """What the best trial has at the searched paths that the figure does not show."""
    drawn = {axis.path for axis in axes}
    hidden = [axis.path for axis in scene.axes if axis.path not in drawn] + list(scene.others)
    if not hidden:
        return ""
    also = ", ".join(map(best.point.says, hidden))
    return f", with {also}" if len(also) <= SHORT else "; its other settings: see the table"


def _bound(spots: _Spots, axis: Axis) -> str:
    """`From lr 0.6 on, all 9 trials are infeasible.` Empty where no bound parts them."""
    facts = columns(spots.scene.points)
    broken = facts.among("infeasible")
    fine = facts.among("complete", "pruned", "running")
    above = spots.x[broken]
    above = above[above > (spots.x[fine].max() if fine.any() else -np.inf)]
    if len(above) < FEWEST or not fine.any():
        return ""
    low = float(above.min())
    bound = words.floor_setting(low) if low > 0 else words.param(low)
    trials = "both" if len(above) == FEWEST else f"all {words.count(len(above))}"
    noun = f"{spots.scene.noun}s"
    return f"From {words.path(axis.path)} {bound} on, {trials} {noun} are infeasible. "


def _colours(scene: StudyScene, placed: Sequence[Placed]) -> str:
    limits = trials_drawn.colour_limits(scene, placed)
    if limits is None:
        return ""
    darkest = words.objective(scene.metric, limits[0] if scene.maximize else limits[1])
    side = "less" if scene.maximize else "more"
    return f"Brighter: better {words.metric(scene.metric)}; darkest: {darkest} or {side}. "


def _beyond(spots: _Spots, axes: Sequence[Axis]) -> int:
    """How many trials lie outside of what is searched."""
    outside = np.zeros(len(spots.x), dtype=bool)
    for axis, values in zip(axes, (spots.x, spots.y), strict=False):
        outside |= (values < axis.low) | (values > axis.high)
    return int(outside.sum())
