"""Each setting by itself: the best result in every stretch of it, whatever the others were."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.dashboard import words
from service.dashboard.figures import drawing, rows, ruler, seeds, thinning
from service.dashboard.figures.columns import Columns, Mask, Numbers, Whole, along, columns
from service.dashboard.figures.edges import edge
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Axis, StudyScene

MOST_AXES = 3
MANY = 40  # complete trials, from which on there are more buckets
BUCKETS = (5, 10)  # along an axis, with few and with many trials
MOST_MARKS = 200  # trials drawn per axis
FAINT = 0.4  # opacity of the best of a stretch where it was pruned


class Isolation(StudyFigure):
    """The line joins the bests: where it is flat, the setting does not matter there."""

    title = "Each setting by itself"
    order = 30

    def draw(self, scene: StudyScene) -> Drawing:
        scene = seeds.by_point(scene)
        facts = columns(scene.points)
        ended = facts.among("complete", "pruned") & ~np.isnan(facts.value)
        if not scene.axes or not ended.any():
            return drawing.empty("Appears once a trial with a numeric setting is complete.")
        sliced = [_Sliced.of(scene, facts, ended, axis) for axis in scene.axes[:MOST_AXES]]
        sliced = [each for each in sliced if len(each.best)]
        if not sliced:
            return drawing.empty("No trial that has ended lies within the searched ranges yet.")
        return _figure(scene, facts, sliced)


@dataclass(frozen=True)
class _Sliced:
    """The complete and the pruned trials along an axis [N] and the best in each bucket that has
    some [B]: a complete one if there is one.
    """

    axis: Axis
    trials: Whole  # places in the scene
    values: Numbers
    best: Whole  # places in `trials`
    count: Whole

    @classmethod
    def of(cls, scene: StudyScene, facts: Columns, ended: Mask, axis: Axis) -> "_Sliced":
        values = along(scene.points, axis)
        trials = np.flatnonzero(ended & (values >= axis.low) & (values <= axis.high))
        buckets = BUCKETS[len(trials) >= MANY]
        share = ruler.shares(axis, values[trials], (axis.low, axis.high))
        at = np.clip(np.floor(share * buckets), 0, buckets - 1).astype(np.int64)
        pruned = ~facts.among("complete")[trials]
        order = np.lexsort((-facts.merit(maximize=scene.maximize)[trials], pruned))
        _, first, count = np.unique(at[order], return_index=True, return_counts=True)
        return cls(axis, trials, values[trials], order[first], count)


def _figure(scene: StudyScene, facts: Columns, sliced: list[_Sliced]) -> Drawing:
    limits = _limits(scene, facts, sliced)
    layout = rows.axes([each.axis for each in sliced])
    data, hidden = [], 0
    for row, each in enumerate(sliced):
        layout[f"yaxis{rows.number(row)}"] = _scores(scene, limits, row, len(sliced))
        data += [_trials(scene, facts, each, row, limits), _line(scene, facts, each, row)]
        values = facts.value[each.trials] * words.scale(scene.metric)
        hidden = max(hidden, int(((values < limits[0]) | (values > limits[1])).sum()))
    return drawing.figure(data, caption=_caption(scene, facts, sliced, hidden), **layout)


def _limits(scene: StudyScene, facts: Columns, sliced: Sequence[_Sliced]) -> tuple[float, float]:
    """The bests with some room on their worse side: what lies far behind them says nothing."""
    bests = np.concatenate([each.trials[each.best] for each in sliced])
    reached = facts.value[bests] * words.scale(scene.metric)
    low, high = float(reached.min()), float(reached.max())
    room = (high - low) or abs(high) or 1.0
    return low - room * (0.4 if scene.maximize else 0.1), high + room * (
        0.1 if scene.maximize else 0.4
    )


def _scores(
    scene: StudyScene, limits: tuple[float, float], row: int, number: int
) -> dict[str, Any]:
    unit = words.unit(scene.metric)
    return drawing.axis(
        unit or words.metric(scene.metric),
        range=limits,
        nticks=5,
        domain=rows.domain(row, number),
        anchor=f"x{rows.number(row)}",
    )


def _trials(
    scene: StudyScene, facts: Columns, each: _Sliced, row: int, limits: tuple[float, float]
) -> dict[str, Any]:
    """The trials themselves, quiet."""
    y = facts.value[each.trials] * words.scale(scene.metric)
    points = [scene.points[i] for i in each.trials]
    u, v = ruler.shares(each.axis, each.values), thinning.steady(y, *limits)
    some = thinning.visible(points, u, v, maximize=scene.maximize, most=MOST_MARKS)
    return rows.trace(
        row,
        mode="markers",
        x=ruler.short(each.values[some]),
        y=ruler.short(y[some]),
        customdata=[points[i].trial for i in some],
        text=[
            f"Trial {points[i].number}: {words.objective(scene.metric, points[i].value)}"
            for i in some
        ],
        marker={
            "color": drawing.QUIET,
            "size": 4,
            "opacity": [0.6 * clear for clear in _clear(facts, each.trials[some])],
        },
    )


def _line(scene: StudyScene, facts: Columns, each: _Sliced, row: int) -> dict[str, Any]:
    """The best of each bucket, where it lies."""
    trials = each.trials[each.best]
    return rows.trace(
        row,
        mode="lines+markers",
        x=ruler.short(each.values[each.best]),
        y=ruler.short(facts.value[trials] * words.scale(scene.metric)),
        customdata=[scene.points[i].trial for i in trials],
        text=[
            drawing.plain(_says(scene, each, i, int(many)))
            for i, many in zip(trials, each.count, strict=True)
        ],
        line={"color": drawing.SERIES[1], "width": 2},
        marker={"color": drawing.SERIES[1], "size": 7, "opacity": _clear(facts, trials)},
    )


def _clear(facts: Columns, trials: Whole) -> list[float]:
    """The opacity of each trial's sign."""
    clear: list[float] = np.where(facts.among("pruned")[trials], FAINT, 1.0).tolist()
    return clear


def _says(scene: StudyScene, each: _Sliced, trial: int, many: int) -> str:
    """`Best of 8 trials: 97.4 % at lr 0.031 (trial 12)`."""
    point = scene.points[trial]
    value = words.objective(scene.metric, point.value)
    how = f", mean of {point.seeds} seeds" if point.seeds > 1 else ""
    how += ", pruned" if point.state == "pruned" else ""
    where = f"{value} at {point.says(each.axis.path)} (trial {point.number}{how})"
    return f"Best of {words.counted(many, scene.noun)}: {where}"


def _caption(scene: StudyScene, facts: Columns, sliced: list[_Sliced], hidden: int) -> str:
    most = max((each.trials for each in sliced), key=len)
    pruned = int(facts.among("pruned")[most].sum())
    said = f"The line joins the best {scene.noun} of each stretch, whatever the other settings "
    said += f"were; {words.counted(len(most) - pruned, f'complete {scene.noun}')}"
    said += f" and {words.count(pruned)} pruned" if pruned else ""
    said += f", {words.count(hidden)} of them too far behind to be drawn." if hidden else "."
    said += " Faint: pruned, with the best until then." if pruned else ""
    return " ".join([said, *_edges(scene, facts)])


def _edges(scene: StudyScene, facts: Columns) -> Iterator[str]:
    """Where to search too, for each axis at whose end the best trial lies."""
    best = facts.best(maximize=scene.maximize)
    complete = int(facts.among("complete").sum())
    for axis in scene.axes[:MOST_AXES]:
        found = None if best is None else scene.points[best].at(axis)
        spoiled = (point.at(axis) for point in scene.points if point.state == "infeasible")
        if beyond := edge(axis, found, spoiled, complete):
            name = words.path(axis.path)
            yield f"The best {name} is at the edge of the space: search {beyond} too."
