"""What the figures of a comparison share: the runs, their colours, and their lines."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from diagnostics.parts import Folder
from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.figure import Drawing, Figure
from service.dashboard.figures.scene import Curve, Point

COMPARE_FIGURES = Folder("service.dashboard.figures.compare", kind="figure of a comparison")

# Okabe and Ito's, the last one darker, since it also names its line; the fifth is dashed blue.
COLOURS = (*drawing.SERIES[:3], "#9a4f7d")
MOST = 2 * len(COLOURS)  # things that can be told apart
EDGE = 0.02  # of an axis left free at either end
LETTER = 7.5  # px of a name at the end of a line, and
BESIDE = 16  # what is left free around it

Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Run:
    """A trial under its name in this comparison: `trial 3`, or `study 2, trial 3`."""

    name: str
    curve: Curve


@dataclass(frozen=True)
class Search:
    """A study under its name, with every trial in the order of their numbers.

    Of a point with several seeds, only the trial that completed it has a value: their mean.
    """

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class CompareScene:
    """Trials or studies, in the order asked for. `metrics` are their objectives, each once."""

    metrics: tuple[str, ...]
    maximize: bool
    runs: tuple[Run, ...] = ()
    searches: tuple[Search, ...] = ()

    def better(self, value: float, than: float | None) -> bool:
        """Whether an objective beats another."""
        return than is None or (value > than if self.maximize else value < than)


class CompareFigure(Figure):
    """Abstract: a figure of a comparison of trials, or of studies."""

    of: ClassVar[Literal["trials", "studies"]]

    @abstractmethod
    def draw(self, scene: CompareScene) -> Drawing:
        """Never raises, whatever is compared."""


@dataclass(frozen=True)
class Line:
    """One line of a figure; `trials` is what each point opens, one for all or one for each."""

    name: str
    x: Sequence[float]
    y: Numbers
    trials: Sequence[int]
    text: Sequence[str]


def drawn(
    lines: Sequence[Line], *, xtitle: str, ytitle: str, log: bool, caption: str, shape: str
) -> Drawing:
    """Each line in its colour with its name at its end; single outliers stay off the axis."""
    limits = drawing.bulk([v for line in lines for v in line.y], log=log) or (0.0, 1.0)
    ends = [(line.name, _last(line.y), COLOURS[i % len(COLOURS)]) for i, line in enumerate(lines)]
    hidden = drawing.outside((v for line in lines for v in line.y), limits)
    said = f" {words.counted(hidden, 'value')} beyond the axis." if hidden else ""
    right = max((x for line in lines for x in line.x), default=1.0)
    air = EDGE * right + 0.3
    left = min((x for line in lines for x in line.x), default=0.0)
    return drawing.figure(
        [_trace(line, i, shape) for i, line in enumerate(lines)],
        caption=caption + said,
        xaxis=drawing.axis(xtitle, range=(left - air, right + air), tickformat="d"),
        yaxis=drawing.axis(ytitle, log=log, range=limits),
        annotations=drawing.end_names(ends, limits, log=log),
        margin={**drawing.MARGIN, "r": _room(lines)},
    )


def told(run: Run, values: Numbers, write: Callable[[float | None], str]) -> list[str]:
    """What hovering each epoch of a run says."""
    name = words.capital(run.name)
    return [
        f"{name}, epoch {epoch}: {'diverged' if value is None else write(value)}"
        for epoch, value in zip(run.curve.epochs, values, strict=True)
    ]


def objectives_differ(scene: CompareScene) -> str:
    """Why their objectives share no axis; empty where they do."""
    if len(scene.metrics) < 2:
        return ""
    named = " and ".join(words.metric(name) for name in scene.metrics[:3])
    return f"Their objectives differ ({named}), and share no axis."


def _trace(line: Line, place: int, shape: str) -> dict[str, Any]:
    colour = COLOURS[place % len(COLOURS)]
    trace = drawing.line(line.name, line.x, line.y, colour, line.text)
    dash = "dash" if place >= len(COLOURS) else "solid"
    mode = "lines+markers" if len(line.x) < 40 and shape == "linear" else "lines"
    customdata = list(line.trials) if len(line.trials) == len(line.x) else []
    return {
        **trace,
        "mode": mode,
        "line": {**trace["line"], "dash": dash, "shape": shape},
        **({"customdata": customdata} if customdata else {}),
    }


def _room(lines: Sequence[Line]) -> int:
    """Pixels that the longest name takes."""
    return round(LETTER * max((len(line.name) for line in lines), default=0)) + BESIDE


def _last(values: Numbers) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)
