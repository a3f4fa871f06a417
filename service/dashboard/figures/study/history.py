"""The objective of every trial in the order of their numbers, and the best so far."""

from collections.abc import Sequence
from typing import Any

from service.dashboard import words
from service.dashboard.figures import drawing, trials_drawn
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import StudyScene
from service.dashboard.figures.trials_drawn import Placed

EDGE = 0.02  # of the trials left free at either end of the axis


class History(StudyFigure):
    """A best-so-far line that has been flat for long says that more trials will not help."""

    title = "Is the search still getting better?"
    order = 20
    columns = 5

    def draw(self, scene: StudyScene) -> Drawing:
        scale = words.scale(scene.metric)
        valued = [p for p in scene.points if p.value is not None]
        limits = drawing.bulk((p.value or 0.0) * scale for p in valued)
        if limits is None:
            return drawing.empty("Values appear once a trial has reported its first epoch.")
        worst = limits[0] if scene.maximize else limits[1]
        placed = [
            Placed(p, p.number, worst if p.value is None else p.value * scale)
            for p in scene.points
            if p.value is not None or p.state in ("infeasible", "failed")
        ]
        steps = _best_so_far(scene, placed)
        hidden = drawing.outside((p.y for p in placed), limits)
        return drawing.figure(
            [*_trials(scene, placed), *([_line(steps)] if steps else [])],
            caption=_caption(scene, steps, hidden),
            xaxis=_numbers(placed),
            yaxis=drawing.axis(words.axis_title(scene.metric), range=limits),
            **drawing.LEGEND,
        )


def _trials(scene: StudyScene, placed: Sequence[Placed]) -> list[dict[str, Any]]:
    return trials_drawn.traces(scene, placed, scene.axes, coloured=False)


def _best_so_far(scene: StudyScene, placed: Sequence[Placed]) -> list[Placed]:
    """The trials that were the best when they came, then the last one."""
    steps: list[Placed] = []
    for candidate in placed:
        value = candidate.point.value
        if candidate.point.state != "complete" or value is None:
            continue
        if scene.better(value, steps[-1].point.value if steps else None):
            steps.append(candidate)
    if steps and placed[-1].x > steps[-1].x:
        steps.append(Placed(steps[-1].point, placed[-1].x, steps[-1].y))
    return steps


def _line(steps: Sequence[Placed]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "best so far",
        "x": [p.x for p in steps],
        "y": [p.y for p in steps],
        "hoverinfo": "skip",
        "line": {"color": drawing.SERIES[1], "width": 2, "shape": "hv"},
    }


def _numbers(placed: Sequence[Placed]) -> dict[str, Any]:
    first, last = placed[0].x, placed[-1].x
    air = EDGE * (last - first) + 0.5
    return drawing.axis("Trial number", range=(first - air, last + air), tickformat="d")


def _caption(scene: StudyScene, steps: Sequence[Placed], hidden: int) -> str:
    if not steps:
        return "No trial is complete yet."
    last = steps[-1].point
    said = f"Best since trial {last.number}: {words.objective(scene.metric, last.value)}. "
    said += f"{words.counted(hidden, 'value')} beyond the axis. " if hidden else ""
    said += f"The oldest {words.count(scene.left_out)} are not drawn. " if scene.left_out else ""
    return said.strip()
