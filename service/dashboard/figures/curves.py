"""What the figures of a trial share: series over epochs as curves."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from diagnostics import Series
from service.dashboard.figures import drawing
from service.dashboard.figures.scene import TrialScene, numeric

MISSING_RUN = "The curve begins once the first epoch has been reported."
MISSING_SIGNAL = "This run did not measure it."
FEW = 10  # epochs that all get their tick, so that none falls between two
EDGE = 0.02  # of the epochs left free at either end of the axis
MOST_POINTS = 800  # of one curve: more than a plot has pixels for

Told = Sequence[float | None]


def values(series: Series) -> list[float | None]:
    """The series' numbers, None where one is not finite or as good as that."""
    return [numeric(v) for v in series.values]


def last(series: Series) -> float | None:
    """The last number that is finite."""
    return next((v for v in reversed(values(series)) if v is not None), None)


def curve(
    name: str,
    series: Series,
    colour: str,
    write: Callable[[float | None], str],
    scale: float = 1.0,
    most: int = MOST_POINTS,
) -> dict[str, Any]:
    """A series as a line; `write` words its numbers, `scale` brings them to the axis' unit.

    Of more than `most` epochs those are drawn that show its course.
    """
    numbers = values(series)
    shown = telling(numbers, most)
    text = [
        f"{name}, epoch {series.epochs[i]}: "
        + ("diverged" if numbers[i] is None else write(numbers[i]))
        for i in shown
    ]
    scaled = [None if (v := numbers[i]) is None else rounded(v * scale) for i in shown]
    return drawing.line(name, [series.epochs[i] for i in shown], scaled, colour, text)


def telling(numbers: Told, most: int) -> list[int]:
    """Places of at most `most` of the numbers: of each stretch the first and the odd one out."""
    if len(numbers) <= most:
        return list(range(len(numbers)))
    width = math.ceil(2 * len(numbers) / most)
    return [
        place for start in range(0, len(numbers), width) for place in _two(numbers, start, width)
    ]


def rounded(value: float, digits: int = 5) -> float:
    """What an axis can show of a number."""
    return float(f"{value:.{digits}g}")


def epochs_axis(scene: TrialScene) -> dict[str, Any]:
    """Epochs, up to the recipe's length from the start, so that a running curve grows into it."""
    longest = max(scene.history.epochs, 1 if scene.ended else scene.epochs)
    margin = EDGE * longest + 0.3
    steps: dict[str, Any] = {"dtick": 1} if longest <= FEW else {}
    return drawing.axis("Epoch", range=(1 - margin, longest + margin), tickformat="d", **steps)


def waiting(scene: TrialScene) -> str:
    """Why a figure has nothing to show: not yet, or never."""
    return MISSING_SIGNAL if scene.ended or scene.history.epochs else MISSING_RUN


def _two(numbers: Told, start: int, width: int) -> Iterator[int]:
    stretch = range(start, min(start + width, len(numbers)))
    first = numbers[start]
    odd = max(stretch, key=lambda i: _far(numbers[i], first))
    yield start
    if odd != start:
        yield odd


def _far(value: float | None, other: float | None) -> float:
    if value is None or other is None:
        return 0.0 if value is other else math.inf
    return abs(value - other)
