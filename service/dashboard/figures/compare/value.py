"""The objective of each trial by epoch."""

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.compared import (
    CompareFigure,
    CompareScene,
    Line,
    Run,
    drawn,
    objectives_differ,
    told,
)
from service.dashboard.figures.figure import Drawing


class Value(CompareFigure):
    """What the study is after, epoch by epoch."""

    title = "Objective: which run gets furthest?"
    order = 10
    of = "trials"

    def draw(self, scene: CompareScene) -> Drawing:
        if differ := objectives_differ(scene):
            return drawing.empty(differ)
        metric = scene.metrics[0]
        lines = [_line(run, metric) for run in scene.runs]
        if not any(value is not None for line in lines for value in line.y):
            return drawing.empty("Lines begin once an epoch has been reported.")
        best, name = None, ""
        for run in scene.runs:
            for value in run.curve.value:
                if value is not None and scene.better(value, best):
                    best, name = value, run.name
        return drawn(
            lines,
            xtitle="Epoch",
            ytitle=words.axis_title(metric),
            log=False,
            caption=f"Best: {words.objective(metric, best)}, {name}.",
            shape="linear",
        )


def _line(run: Run, metric: str) -> Line:
    scale = words.scale(metric)
    values = run.curve.value
    return Line(
        run.name,
        run.curve.epochs,
        [None if value is None else value * scale for value in values],
        [run.curve.point.trial] * len(values),
        told(run, values, lambda value: words.objective(metric, value)),
    )
