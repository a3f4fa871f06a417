"""Parallel coordinates: every searched setting and the objective, a line per trial."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics.words import rounded
from service.dashboard import words
from service.dashboard.figures import drawing, seeds, shades, trials_drawn
from service.dashboard.figures.figure import Drawing, StudyFigure
from service.dashboard.figures.scene import Axis, Point, StudyScene
from service.dashboard.figures.telling import telling

LINES = 300  # trials: more than this is a grey wall
AXES = 9  # settings beside the objective
CATEGORIES = 20  # values of a choice that get a place of their own
LONGEST = 160  # characters that hovering a line says
SHORT = 16  # characters of a label
TICKS = 5
WHOLE = ("complete", "running")  # states whose lines are not dimmed
OBJECTIVE = "objective"  # the last axis' name; no path of a recipe is called so


@dataclass(frozen=True)
class Scaled:
    """An axis of the drawing; `place` puts a trial on it, 0 … 1 from the bottom, None if nowhere.

    `ticks` are (place, label). `values` are those of a choice in order, None where it has numbers
    from `low` to `high`.
    """

    name: str
    title: str
    place: Callable[[Point], float | None]
    ticks: tuple[tuple[float, str], ...]
    log: bool = False
    low: float = 0.0
    high: float = 1.0
    values: tuple[str, ...] | None = None
    percent: bool = False

    def told(self) -> dict[str, Any]:
        """For the script, which turns places back into values where a reader brushes."""
        missing = "diverged" if self.name == OBJECTIVE else "not there"
        facts = {"name": self.name, "title": self.title, "ticks": self.ticks, "missing": missing}
        if self.values is not None:
            return facts | {"values": self.values}
        ends = {"log": self.log, "low": rounded(self.low, 4), "high": rounded(self.high, 4)}
        return facts | ends | {"percent": self.percent}


class Parallel(StudyFigure):
    """What good trials have in common, over more than two settings at once."""

    title = "What good trials have in common"
    order = 60
    columns = 12

    def draw(self, scene: StudyScene) -> Drawing:
        scene = seeds.by_point(scene)
        told = telling(_drawable(scene), LINES, maximize=scene.maximize)
        settings = _settings(scene, told)
        if not settings or not told:
            return drawing.empty(_nothing(scene))
        axes = [*settings, _objective(scene, told)]
        caption = _caption(scene, told)
        figure = drawing.figure([], caption=caption, alt=f"A line per trial. {caption}")
        lines = list(_lines(scene, told, axes))
        figure["layout"]["meta"] |= {
            "drawn_by": "parallel",
            "scene": {"axes": [axis.told() for axis in axes], "lines": lines},
        }
        return figure


def _drawable(scene: StudyScene) -> list[Point]:
    return [p for p in scene.points if p.value is not None or p.state == "infeasible"]


def _nothing(scene: StudyScene) -> str:
    if not scene.axes and not scene.others:
        return "The space has no setting to compare: this study trains one recipe."
    return "Each trial becomes a line here once it has reported its first epoch."


def _settings(scene: StudyScene, told: Sequence[Point]) -> list[Scaled]:
    """The searched paths in the order of the page, as many as fit."""
    axes = [_numbers(axis, scene, told) for axis in scene.axes]
    axes += [_choice(path, scene, told) for path in scene.others]
    return axes[:AXES]


def _title(path: str, scene: StudyScene) -> str:
    """The last word of a path, where no other searched path ends in it."""
    short = words.path(path)
    every = [words.path(p) for p in (*(axis.path for axis in scene.axes), *scene.others)]
    return words.TITLES.get(path) or (words.capital(short) if every.count(short) == 1 else path)


def _numbers(axis: Axis, scene: StudyScene, told: Sequence[Point]) -> Scaled:
    low, high = (axis.low, axis.high) if axis.high > axis.low else (axis.low - 1, axis.low + 1)

    def place(point: Point) -> float | None:
        value = point.at(axis)
        return None if value is None else _share(value, low, high, log=axis.log)

    tried = sorted({v for point in told if (v := point.at(axis)) is not None})
    marks = tried if len(tried) <= TICKS + 2 else _marks(low, high, log=axis.log)
    ticks = tuple(_ticks(marks, low, high, words.param, log=axis.log))
    return Scaled(axis.path, _title(axis.path, scene), place, ticks, axis.log, low, high)


def _choice(path: str, scene: StudyScene, told: Sequence[Point]) -> Scaled:
    """Values by their words; those beyond the first `CATEGORIES` share the last place."""
    found = sorted({words.param(point.params.get(path)) for point in told})
    named = (*found[: CATEGORIES - 1], "others") if len(found) > CATEGORIES else tuple(found)
    places = {value: min(i, len(named) - 1) for i, value in enumerate(found)}
    step = 1 / max(len(named) - 1, 1)

    def place(point: Point) -> float | None:
        if len(named) == 1:
            return 0.5
        return places[words.param(point.params.get(path))] * step

    ticks = tuple((0.5 if len(named) == 1 else i * step, _short(v)) for i, v in enumerate(named))
    values = tuple(map(_short, named))
    return Scaled(path, _title(path, scene), place, ticks, values=values)


def _objective(scene: StudyScene, told: Sequence[Point]) -> Scaled:
    """On the right; what lies beyond the bulk of the values is put at the axis' end."""
    values = [point.value for point in told]
    log = scene.metric.endswith("loss") and all(v is None or v > 0 for v in values)
    low, high = drawing.bulk(values, log=log) or (0.0, 1.0)

    def place(point: Point) -> float | None:
        return None if point.value is None else _share(point.value, low, high, log=log)

    def write(value: float) -> str:
        return words.objective(scene.metric, value)

    title = words.capital(words.metric(scene.metric))
    ticks = tuple(_ticks(_marks(low, high, log=log), low, high, write, log=log))
    percent = words.unit(scene.metric) == "%"
    return Scaled(OBJECTIVE, title, place, ticks, log, low, high, percent=percent)


def _share(value: float, low: float, high: float, *, log: bool) -> float:
    if log:
        value, low, high = math.log10(value), math.log10(low), math.log10(high)
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _ticks(
    marks: Iterable[float], low: float, high: float, write: Callable[[float], str], *, log: bool
) -> Iterator[tuple[float, str]]:
    for value in marks:
        if low <= value <= high and (not log or value > 0):
            yield round(_share(value, low, high, log=log), 4), write(value)


def _marks(low: float, high: float, *, log: bool) -> list[float]:
    """Whole decades where a log axis has two or more; else even steps of round numbers."""
    return _decades(low, high) if log and high / low >= 100 else _round(low, high)


def _decades(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = -(-(last - first + 1) // (TICKS + 1))
    return [10.0**power for power in range(first, last + 1, max(step, 1))]


def _round(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _lines(
    scene: StudyScene, told: Sequence[Point], axes: Sequence[Scaled]
) -> Iterator[dict[str, Any]]:
    """The better ones last, so that they lie on top; the best is marked."""
    scale = shades.scale_of(scene)
    best = trials_drawn.best(scene, [trials_drawn.Placed(p, 0, 0) for p in told])
    for point in sorted(told, key=lambda p: _rank(scene, p)):
        line: dict[str, Any] = {
            "trial": point.trial,
            "says": _short(trials_drawn.hover(scene, point, scene.axes), LONGEST),
            "at": list(_places(point, axes)),
            "looks": _looks(point, scale),
        }
        yield line | ({"best": True} if best and best.point is point else {})


def _places(point: Point, axes: Iterable[Scaled]) -> Iterator[float | None]:
    for axis in axes:
        place = axis.place(point)
        yield place if place is None else round(place, 4)


def _rank(scene: StudyScene, point: Point) -> tuple[bool, float, int]:
    """From the bottom of the pile to its top."""
    value = point.value or 0.0
    return point.state in WHOLE, value if scene.maximize else -value, point.number


def _looks(point: Point, scale: shades.Scale | None) -> str:
    """The classes of the line: a shade of the objective, and how it ended."""
    if point.state == "infeasible":
        return "infeasible"
    if point.state not in shades.TOLD or point.value is None or scale is None:
        return "unranked early"
    shade = f"shade-{scale.shade(point.value)}"
    return shade if point.state in WHOLE else f"{shade} early"


def _caption(scene: StudyScene, told: Sequence[Point]) -> str:
    said = f"{shades.caption(scene)} "
    states = {point.state for point in told}
    said += "Dimmed: pruned. " if "pruned" in states else ""
    said += "Dotted: infeasible. " if "infeasible" in states else ""
    said += "Drag along an axis to keep the lines that pass there. "
    trained = sum(point.epochs > 0 for point in scene.points)
    if len(told) < trained:
        said += f"{words.count(len(told))} of {words.counted(trained, scene.noun)}. "
    hidden = len(scene.axes) + len(scene.others) - AXES
    said += f"Not drawn: {words.counted(hidden, 'setting')}. " if hidden > 0 else ""
    return said.strip()


def _short(text: str, longest: int = SHORT) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
