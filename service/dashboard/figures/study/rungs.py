"""What the stopping rule did, rung by rung: who reached it, who went on, who was stopped."""

from collections.abc import Sequence
from typing import Any

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Rung, StudyScene

MOST = 60  # rows: a rule that judges every epoch has many rungs
NO_RULE = "This study has no stopping rule; every trial trains to its end."
COLUMNS = ("Epoch", "Reached", "Went on", "Stopped", "Goes on with")


class Rungs(StudyFigure):
    """A table with bars: how steep the ladder is, and whether a rung stops nobody."""

    title = "Where the stopping rule stops trials"
    order = 70
    columns = 6
    needs = frozenset({"rungs"})

    def draw(self, scene: StudyScene) -> Drawing:
        if not scene.rungs:
            return drawing.empty(_nothing(scene))
        caption = _caption(scene)
        shown = scene.rungs[:: -(-len(scene.rungs) // MOST)]
        figure = drawing.figure([], caption=caption, alt=f"A table of rungs. {caption}")
        figure["layout"]["meta"] |= {"drawn_by": "rungs", "scene": _table(scene, shown)}
        return figure


def _nothing(scene: StudyScene) -> str:
    if scene.stopping == "none":
        return NO_RULE
    return "Rows appear once a trial has reached the first rung of the stopping rule."


def _caption(scene: StudyScene) -> str:
    stopped = sum(rung.stopped for rung in scene.rungs)
    said = f"The rule is {scene.stopping}. "
    said += "It has stopped no trial yet. " if not stopped else ""
    if stopped:
        said += f"It has stopped {words.counted(stopped, 'trial')} of "
        said += f"{words.count(_reached(scene.rungs[0]))} that reached its first rung. "
    if len(scene.rungs) > MOST:
        said += f"{words.counted(len(scene.rungs), 'rung')}, of which the table shows some. "
    return said.strip()


def _table(scene: StudyScene, rungs: Sequence[Rung]) -> dict[str, Any]:
    """Columns and rows of text; `kept` and `stopped` are shares of the fullest rung, in percent."""
    fullest = max(_reached(rung) for rung in rungs)
    return {
        "columns": COLUMNS,
        "rows": [_row(scene, rung, fullest) for rung in rungs],
    }


def _row(scene: StudyScene, rung: Rung, fullest: int) -> dict[str, Any]:
    counts = (rung.epoch, _reached(rung), rung.kept, rung.stopped)
    return {
        "cells": [*map(words.count, counts), _threshold(scene, rung)],
        "kept": _share(rung.kept, fullest),
        "stopped": _share(rung.stopped, fullest),
    }


def _threshold(scene: StudyScene, rung: Rung) -> str:
    """What a trial must have to go on, by the newest decision."""
    if rung.threshold is None:
        return words.MISSING
    side = "≥" if scene.maximize else "≤"
    return f"{side} {words.objective(scene.metric, rung.threshold)}"


def _reached(rung: Rung) -> int:
    return rung.kept + rung.stopped


def _share(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
