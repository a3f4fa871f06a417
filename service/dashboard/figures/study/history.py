"""The objective of every trial in the order of their numbers, and the best so far."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from service.dashboard import words
from service.dashboard.figures import drawing, ruler, seeds, thinning, trials_drawn
from service.dashboard.figures.columns import Columns, Numbers, columns
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Point, StudyScene
from service.dashboard.figures.trials_drawn import Placed

EDGE = 0.02  # of the trials left free at either end of the axis
MOST_STEPS = 200  # of the line; where there were more, the latest are each shown


class History(StudyFigure):
    """A best-so-far line that has been flat for long says that more trials will not help."""

    title = "Is the search still getting better?"
    order = 20
    columns = 5

    def draw(self, scene: StudyScene) -> Drawing:
        scene = seeds.by_point(scene)
        told = columns(scene.points)
        shown = ~np.isnan(told.value) | told.among("infeasible", "failed")
        scene = scene.with_points(tuple(scene.points[i] for i in np.flatnonzero(shown)))
        facts = columns(scene.points)
        y = facts.value * words.scale(scene.metric)
        limits = drawing.bulk(y[~np.isnan(y)].tolist())
        if limits is None:
            return drawing.empty("Values appear once a trial has reported its first epoch.")
        y[np.isnan(y)] = drawing.worst_edge(limits, maximize=scene.maximize)
        placed = _visible(scene, facts, y, limits)
        steps = _best_so_far(scene, facts)
        data = trials_drawn.traces(scene, placed, scene.axes, coloured=False)
        return drawing.figure(
            [*data, *([_line(steps, facts, y)] if steps else [])],
            caption=_caption(
                [scene.points[i] for i in steps],
                scene,
                drawing.outside(y.tolist(), limits),
                len(placed),
            ),
            xaxis=_numbers(facts),
            yaxis=drawing.axis(words.axis_title(scene.metric), range=limits),
            **drawing.LEGEND,
        )


def _visible(
    scene: StudyScene, facts: Columns, y: Numbers, limits: tuple[float, float]
) -> list[Placed]:
    """The trials that the eye can tell apart."""
    first, last = float(facts.number[0]), float(facts.number[-1])
    u = thinning.steady(facts.number.astype(np.float64), first, last)
    v = thinning.steady(y, *limits)
    some = thinning.visible(scene.points, u, v, maximize=scene.maximize)
    heights = ruler.short(y[some])
    return [
        Placed(scene.points[i], scene.points[i].number, height)
        for i, height in zip(some, heights, strict=True)
    ]


def _best_so_far(scene: StudyScene, facts: Columns) -> list[int]:
    """Places of the trials that were the best when they came."""
    merit = np.where(facts.among("complete"), facts.merit(maximize=scene.maximize), -np.inf)
    before = np.concatenate([[-np.inf], np.maximum.accumulate(merit)[:-1]])
    steps: list[int] = np.flatnonzero(merit > before)[-MOST_STEPS:].tolist()
    return steps


def _line(steps: Sequence[int], facts: Columns, y: Numbers) -> dict[str, Any]:
    """Up to the last trial."""
    ends = [*steps, steps[-1]]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "best so far",
        "x": [*facts.number[steps].tolist(), int(facts.number[-1])],
        "y": ruler.short(y[ends]),
        "hoverinfo": "skip",
        "line": {"color": drawing.SERIES[1], "width": 2, "shape": "hv"},
    }


def _numbers(facts: Columns) -> dict[str, Any]:
    first, last = int(facts.number[0]), int(facts.number[-1])
    air = EDGE * (last - first) + 0.5
    return drawing.axis("Trial number", range=(first - air, last + air), tickformat="d")


def _caption(steps: Sequence[Point], scene: StudyScene, hidden: int, shown: int) -> str:
    if not steps:
        return f"No {scene.noun} is complete yet."
    last = steps[-1]
    said = f"Best since trial {words.count(last.number)}: "
    said += f"{words.objective(scene.metric, last.value)}. "
    said += trials_drawn.behind(scene, shown)
    said += f"{words.counted(hidden, 'value')} beyond the axis. " if hidden else ""
    return said.strip()
