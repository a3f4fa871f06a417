"""What the curves of a history share: points, the axis of the epochs, sentences about them."""

import math
from collections.abc import Callable, Iterable

from diagnostics import words
from diagnostics.history import History, Series
from diagnostics.page.axis import Axis, usable
from diagnostics.page.chart import Line, Point, shortened

PERCENT = 100.0
EDGE = 0.02  # of the epochs left free at either end of the axis


def points(series: Series, times: float = 1.0) -> tuple[Point, ...]:
    """(epoch, value × `times`), nan where it is not finite."""
    pairs = zip(series.epochs, series.values, strict=True)
    return tuple((float(epoch), usable(value) * times) for epoch, value in pairs)


def values(lines: Iterable[Line]) -> list[float]:
    """Of all points of all lines."""
    return [y for line in lines for _, y in line.points]


def epochs_axis(history: History) -> Axis:
    """All that was trained, from 0 where something was measured before."""
    first, last = 0 if 0 in history.rows else 1, history.epochs
    margin = EDGE * (last - first) + 0.15
    return Axis(first - margin, last + margin, whole=True)


def ends(lines: Iterable[Line], write: Callable[[float], str]) -> str:
    """`Training 0.021, validation 0.094 at the end.`, or where each was finite last."""
    known = [(line, line.last) for line in lines if line.last]
    if not known:
        return ""
    if all(line.points[-1] == last for line, last in known):
        said = ", ".join(f"{line.name} {write(last[1])}" for line, last in known)
        return f"{words.sentence(said)} at the end."
    parts = [
        f"{line.name} {write(last[1])} "
        + ("at the end" if line.points[-1] == last else f"at epoch {last[0]:g}, then not finite")
        for line, last in known
    ]
    return f"{words.sentence('; '.join(parts))}."


def beyond(up: Axis, lines: Iterable[Line], write: Callable[[float], str]) -> str:
    """What an outlier leaves to be said."""
    hidden = up.beyond(values(lines))
    if not hidden:
        return ""
    above, below = max(hidden) > up.high, min(hidden) < up.low
    furthest = [write(max(hidden))] if above else []
    furthest += [write(min(hidden))] if below else []
    count = words.count(len(hidden), "value")
    return f"{count} beyond the axis, as far as {' and '.join(furthest)}."


def sentences(*said: str) -> str:
    """One after the other, without those that are empty."""
    return " ".join(filter(None, said))


def names(layers: list[str], most: int = 3) -> str:
    """`fc1, fc2, fc3 and 4 more`."""
    more = len(layers) - most
    shown = ", ".join(shortened(layer) for layer in layers[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def in_percent(value: float) -> str:
    """Of a value that is in percent already."""
    return words.percent(value / PERCENT)


def first_value(history: History, signal: str) -> float:
    """Of a scalar that is measured once; nan where it was not."""
    found = history.series(signal).values
    return usable(found[0]) if found else math.nan
