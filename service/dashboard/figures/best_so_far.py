"""The best so far of studies that are compared, by what was spent: a line for each."""

from collections.abc import Callable, Iterator

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.compared import (
    CompareScene,
    Line,
    Search,
    drawn,
    objectives_differ,
)
from service.dashboard.figures.figure import Drawing
from service.dashboard.figures.scene import Point

Spent = Callable[[Search], Iterator[tuple[float, Point]]]  # what was spent when a trial ended


def best_so_far(scene: CompareScene, spent: Spent, *, xtitle: str, unit: str) -> Drawing:
    """`unit` is what is counted: trial, epoch. Only the trials that were the best are kept."""
    if differ := objectives_differ(scene):
        return drawing.empty(differ)
    metric = scene.metrics[0]
    lines = [_line(scene, search, spent, unit) for search in scene.searches]
    if not any(line.x for line in lines):
        return drawing.empty("Lines begin once a trial is complete.")
    return drawn(
        lines,
        xtitle=xtitle,
        ytitle=words.axis_title(metric),
        log=False,
        caption=_caption(lines, unit),
        shape="hv",
    )


def _line(scene: CompareScene, search: Search, spent: Spent, unit: str) -> Line:
    metric, best, at = scene.metrics[0], None, 0.0
    steps: list[tuple[float, float, int]] = []
    for at, point in spent(search):
        value = point.value
        if point.state == "complete" and value is not None and scene.better(value, best):
            best = value
            steps.append((at, value, point.trial))
    if steps and at > steps[-1][0]:
        steps.append((at, *steps[-1][1:]))  # flat to the end
    name, scale = words.capital(search.name), words.scale(metric)
    return Line(
        search.name,
        [x for x, _, _ in steps],
        [value * scale for _, value, _ in steps],
        [trial for _, _, trial in steps],
        [
            f"{name}: {words.objective(metric, value)} after {words.counted(round(x), unit)}"
            for x, value, _ in steps
        ],
    )


def _caption(lines: list[Line], unit: str) -> str:
    said = []
    for line in lines:
        if line.x:
            place = next(x for x, y in zip(line.x, line.y, strict=True) if y == line.y[-1])
            said.append(f"{line.name} after {words.counted(round(place), unit)}")
    return f"Best found: {', '.join(said)}."
