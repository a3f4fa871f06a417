"""How finely each setting was tried: a grid looks at the same few values again and again."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.dashboard import words
from service.dashboard.figures import drawing, rows, ruler, seeds
from service.dashboard.figures.columns import Columns, Numbers, Whole, along, columns
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Axis, StudyScene

MOST_AXES = 4
MOST_VALUES = 160  # of an axis that get a line each
PLACES = 128  # along an axis that get one where there are more values
FEWEST = 8  # trials, below which the caption does not compare
SAME = 1e-9  # relative: values closer than this are one


class Projection(StudyFigure):
    """A line for each value that was tried, as high as the number of trials that tried it."""

    title = "How many values were tried?"
    order = 40

    def draw(self, scene: StudyScene) -> Drawing:
        scene = seeds.by_point(scene)
        tried = [_Tried.of(scene, axis) for axis in scene.axes[:MOST_AXES]]
        tried = [each for each in tried if len(each.values)]
        if not tried:
            return drawing.empty("The values of each numeric setting appear with the first trials.")
        layout = rows.axes([each.axis for each in tried])
        for row, each in enumerate(tried):
            layout[f"yaxis{rows.number(row)}"] = _heights(each, row, len(tried))
        data = [_stems(scene, each, row) for row, each in enumerate(tried)]
        return drawing.figure(data, caption=_caption(tried, scene.noun), **layout)


@dataclass(frozen=True)
class _Tried:
    """What was tried along an axis: the trials with a place there, and their values. [N]"""

    axis: Axis
    trials: Whole  # places in the scene
    values: Numbers
    distinct: int

    @classmethod
    def of(cls, scene: StudyScene, axis: Axis) -> "_Tried":
        values = along(scene.points, axis)
        low, high = ruler.limits(axis)
        there = np.flatnonzero((values >= low) & (values <= high))
        return cls(axis, there, values[there], _distinct(values[there]))

    def places(self) -> Whole:
        """The number of the line that each trial is counted in. [N]"""
        if self.distinct <= MOST_VALUES:
            order = np.argsort(self.values)
            ranks = np.empty(len(order), dtype=np.int64)
            ranks[order] = _ranks(self.values[order])
            return ranks
        share = ruler.shares(self.axis, self.values)
        return np.clip(share * PLACES, 0, PLACES - 1).astype(np.int64)

    def tallest(self) -> int:
        return int(np.bincount(self.places()).max())


def _distinct(values: Numbers) -> int:
    """How many different values; those that differ by rounding only are one."""
    return int(_ranks(np.sort(values))[-1]) + 1 if len(values) else 0


def _ranks(ordered: Numbers) -> Whole:
    """0, 1, 2, … for ascending values; the same for those that are one. [N]"""
    steps = np.diff(ordered) > SAME * np.abs(ordered[1:])
    return np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)


def _stems(scene: StudyScene, tried: _Tried, row: int) -> dict[str, Any]:
    """One line per place; its trial is the best one there."""
    facts = columns(scene.points)
    merit = facts.merit(maximize=scene.maximize)[tried.trials]
    order = np.argsort(-merit, kind="stable")
    _, first, count = np.unique(tried.places()[order], return_index=True, return_counts=True)
    best = order[first]
    trials = [scene.points[i] for i in tried.trials[best]]
    said = [
        _says(scene, tried, facts, int(at), int(many)) for at, many in zip(best, count, strict=True)
    ]
    return rows.trace(
        row,
        mode="markers",
        x=ruler.short(tried.values[best]),
        y=count.tolist(),
        customdata=[point.trial for point in trials],
        text=said,
        marker={"color": drawing.SERIES[0], "size": 4},
        error_y={
            "type": "percent",
            "symmetric": False,
            "value": 0,
            "valueminus": 100,
            "color": drawing.SERIES[0],
            "thickness": 2,
            "width": 0,
        },
    )


def _says(scene: StudyScene, tried: _Tried, facts: Columns, at: int, many: int) -> str:
    """`lr 0.031: 8 trials, the best one 97.4 %`."""
    place = tried.trials[at]
    said = f"{words.named(tried.axis.path, float(tried.values[at]))}: "
    said += words.counted(many, scene.noun)
    value = float(facts.value[place])
    if not np.isnan(value):
        said += f", the best one {words.objective(scene.metric, value)}"
    return drawing.plain(said)


def _heights(tried: _Tried, row: int, number: int) -> dict[str, Any]:
    tallest = tried.tallest()
    return drawing.axis(
        "Trials",
        range=(0, 1.1 * tallest),
        dtick=_step(tallest),
        tickformat="d",
        domain=rows.domain(row, number),
        anchor=f"x{rows.number(row)}",
        fixedrange=True,
    )


def _step(tallest: int) -> int:
    """Between two numbers of the axis, so that there are two to four: 1, 2, 5, 10, …"""
    power = 10 ** int(math.log10(tallest))
    steps = (5 * power, 2 * power, power, power // 2)
    return next((step for step in steps if 0 < 2 * step <= tallest), 1)


def _caption(tried: list[_Tried], noun: str) -> str:
    trials = max(len(each.values) for each in tried)
    fewest = min(each.distinct for each in tried)
    first, *others = tried
    named = [f"{words.counted(first.distinct, 'value')} of {words.path(first.axis.path)}"]
    named += [f"{words.count(each.distinct)} of {words.path(each.axis.path)}" for each in others]
    values = " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    if fewest * 2 > trials or trials < FEWEST:
        return f"{words.counted(trials, noun)} tried {values}."
    return (
        f"{words.counted(trials, noun)} tried only {values}. "
        f"Random search would have tried up to {words.count(trials)} of each."
    )
