"""Where good trials lie: the first two numeric paths of the space, coloured by the objective."""

from collections.abc import Sequence
from typing import Any

from service.dashboard import words
from service.dashboard.figures import drawing, trials_drawn
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Axis, StudyScene
from service.dashboard.figures.trials_drawn import Placed

LOG_EDGE = 1.35  # factor by which a log axis goes beyond what is searched
SHORT = 80  # characters of settings that a caption still names
EDGE = 0.05  # the same for a linear axis, as a share of the range


class Landscape(StudyFigure):
    """The searched plane; with one numeric path, the objective against it."""

    title = "Where good trials lie"
    order = 10
    columns = 7

    def draw(self, scene: StudyScene) -> Drawing:
        if not scene.axes:
            return drawing.empty(
                "The space has no numeric setting to draw against. The table has every trial."
            )
        return _plane(scene) if len(scene.axes) > 1 else _profile(scene)


def _plane(scene: StudyScene) -> Drawing:
    x, y = scene.axes[:2]
    placed = [
        Placed(point, px, py)
        for point in scene.points
        if (px := point.at(x)) is not None and (py := point.at(y)) is not None
    ]
    if not placed:
        return drawing.empty("Each trial becomes a point here as soon as a worker takes it.")
    return _drawn(scene, placed, (x, y), yaxis=_searched(y), coloured=True)


def _profile(scene: StudyScene) -> Drawing:
    x, scale = scene.axes[0], words.scale(scene.metric)
    placed = [
        Placed(point, px, point.value * scale)
        for point in scene.points
        if (px := point.at(x)) is not None and point.value is not None
    ]
    if not placed:
        return drawing.empty("Points appear once a trial has reported its first epoch.")
    limits = drawing.bulk(p.y for p in placed)
    yaxis = drawing.axis(words.axis_title(scene.metric), range=limits)
    return _drawn(scene, placed, (x,), yaxis=yaxis, coloured=False)


def _drawn(
    scene: StudyScene,
    placed: Sequence[Placed],
    axes: Sequence[Axis],
    *,
    yaxis: dict[str, Any],
    coloured: bool,
) -> Drawing:
    best = trials_drawn.best(scene, placed)
    data = trials_drawn.traces(scene, placed, scene.axes, coloured=coloured)
    layout: dict[str, Any] = {"xaxis": _searched(axes[0]), "yaxis": yaxis, **drawing.LEGEND}
    if coloured:
        layout["coloraxis"] = trials_drawn.colour_axis(scene, placed)
    return drawing.figure(
        [*data, *([trials_drawn.ring(best)] if best else [])],
        caption=_caption(scene, placed, axes, best),
        **layout,
    )


def _searched(axis: Axis) -> dict[str, Any]:
    """The searched range, with a little air."""
    if axis.log:
        limits = axis.low / LOG_EDGE, axis.high * LOG_EDGE
    else:
        air = EDGE * (axis.high - axis.low) or 1.0
        limits = axis.low - air, axis.high + air
    return drawing.axis(words.path_title(axis.path), log=axis.log, range=limits)


def _caption(
    scene: StudyScene, placed: Sequence[Placed], axes: Sequence[Axis], best: Placed | None
) -> str:
    said = "No trial is complete yet. "
    if best is not None:
        where = ", ".join(best.point.says(axis.path) for axis in axes)
        said = f"Best at {where}{_beside(scene, axes, best)}. "
    said += _colours(scene, placed) if len(axes) > 1 else ""
    beyond = sum(_beyond(p, axes) for p in placed)
    said += f"{words.counted(beyond, 'point')} beyond the searched range. " if beyond else ""
    nowhere = len(scene.points) - len(placed)
    why = " (a log axis has no 0)" if any(axis.log for axis in axes) else ""
    said += f"Off the axes: {words.counted(nowhere, 'trial')}{why}. " if nowhere else ""
    said += f"The oldest {words.count(scene.left_out)} are not drawn. " if scene.left_out else ""
    return said.strip()


def _beside(scene: StudyScene, axes: Sequence[Axis], best: Placed) -> str:
    """What the best trial has at the searched paths that the figure does not show."""
    drawn = {axis.path for axis in axes}
    hidden = [axis.path for axis in scene.axes if axis.path not in drawn] + list(scene.others)
    if not hidden:
        return ""
    also = ", ".join(map(best.point.says, hidden))
    return f", with {also}" if len(also) <= SHORT else "; its other settings: see the table"


def _colours(scene: StudyScene, placed: Sequence[Placed]) -> str:
    limits = trials_drawn.colour_limits(scene, placed)
    if limits is None:
        return ""
    darkest = words.objective(scene.metric, limits[0] if scene.maximize else limits[1])
    side = "less" if scene.maximize else "more"
    return f"Brighter: better {words.metric(scene.metric)}; darkest: {darkest} or {side}. "


def _beyond(placed: Placed, axes: Sequence[Axis]) -> bool:
    return any(
        (value := placed.point.at(axis)) is not None and not axis.low <= value <= axis.high
        for axis in axes
    )
