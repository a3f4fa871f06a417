"""Values that those beside them do not explain: a run that went wrong by itself, or a lucky one.

A trial is held against the other seeds of its point, where there are enough, and a point against
the points nearest to it. These must agree among themselves and lie on every side of it: at a cliff,
or at the edge of the space, a value that differs is no surprise.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from statistics import median
from typing import Any

from diagnostics.across.points import Kind, Pattern, Point, is_number, searched, told
from diagnostics.verdict import Remedy, Severity
from diagnostics.words import score

FEWEST = 12  # points, so that the nearest ones are near
MOST = 300  # points that are compared, the newest: beyond them a picture tells it sooner
NEAREST = 5
FEWEST_SEEDS = 4  # of a point, so that the three others tell what is usual
FAR = 6.0  # × the usual distance between a value and those beside it
AGREE = 3.0  # × the range of those beside it that the distance must be
SMALL = 1e-3  # of the value: a distance that is none, however well the others agree
SHARE = 0.1  # of all that were compared: if more stand out, none is an outlier
MAD = 1.4826  # of a normal distribution: its deviation over the median absolute one

REPEAT = Remedy("Train this point again with other seeds before you build on it.")
LOOK = Remedy("Look at this run: what lies beside it does far better.")


@dataclass(frozen=True)
class _Beside:
    """The value of a trial or a point, and those of the others; `who` and `others` in words."""

    who: str
    trials: tuple[int, ...]
    value: float
    values: tuple[float, ...]
    others: str
    params: Mapping[str, Any]

    @property
    def off(self) -> float:
        return self.value - median(self.values)

    @property
    def spread(self) -> float:
        return max(self.values) - min(self.values)


def patterns(points: Sequence[Point], metric: str, direction: str) -> Iterator[Pattern]:
    """One for each outlier."""
    higher = direction == "maximize"
    for compared in (list(_seeds(points)), list(_nearest(points[-MOST:]))):
        usual = _usual(compared)
        found = [each for each in compared if _stands_out(each, usual)]
        if len(found) <= max(1, SHARE * len(compared)):
            yield from (_told(each, metric, better=(each.off > 0) == higher) for each in found)


def _usual(compared: Sequence[_Beside]) -> float:
    """The distance that is far: by how far off most are, and how well most others agree."""
    off = MAD * median([abs(each.off) for each in compared] or [0.0])
    return max(FAR * off, AGREE * median([each.spread for each in compared] or [0.0]))


def _stands_out(each: _Beside, usual: float) -> bool:
    return abs(each.off) > max(usual, AGREE * each.spread, SMALL * abs(each.value))


def _told(each: _Beside, metric: str, better: bool) -> Pattern:
    low, high = (score(metric, end(each.values)) for end in (min, max))
    between = low if low == high else f"{low} to {high}"
    apart = "above" if each.off > 0 else "below"
    value = score(metric, each.value)
    return Pattern(
        Kind.OUTLIER,
        Severity.NOTE,
        f"{each.who} stands apart: {value}, far {apart} {each.others} ({between}).",
        {"params": dict(each.params), "value": each.value, "beside": list(each.values)},
        each.trials,
        REPEAT if better else LOOK,
    )


def _seeds(points: Sequence[Point]) -> Iterator[_Beside]:
    """Every trial of a point that has several."""
    for point in points:
        ran = [(t.number, t.result) for t in point.trials if t.result is not None]
        for number, value in ran if len(ran) >= FEWEST_SEEDS else ():
            values = tuple(other for n, other in ran if n != number)
            who, others = f"Trial {number}", "the other seeds of its point"
            yield _Beside(who, (number,), value, values, others, point.params)


def _nearest(points: Sequence[Point]) -> Iterator[_Beside]:
    """Every point that others enclose."""
    valued = [point for point in points if point.value is not None]
    paths = searched(valued)
    if len(valued) < FEWEST or not paths:
        return
    place = _places(valued, paths)
    for at, point in enumerate(valued):
        apart = [(_distance(place[at], place[other]), other) for other in range(len(valued))]
        near = [other for _, other in nsmallest(NEAREST + 1, apart) if other != at][:NEAREST]
        values = tuple(v for other in near if (v := valued[other].value) is not None)
        if point.value is not None and _encloses([place[other] for other in near], place[at]):
            who = f"The point {told(point)}"
            others = f"the {NEAREST} points nearest to it"
            yield _Beside(who, point.numbers, point.value, values, others, point.params)


Place = tuple[float | str, ...]


def _places(points: Sequence[Point], paths: Sequence[str]) -> list[Place]:
    """A number by its rank among all, 0 to 1, so that lr and momentum have one scale."""
    columns: list[list[float | str]] = []
    for path in paths:
        values = [point.params[path] for point in points]
        rank = _ranked(values) if all(map(is_number, values)) else str
        columns.append([rank(value) for value in values])
    return list(zip(*columns, strict=True))


def _ranked(values: Sequence[float]) -> Callable[[float], float]:
    ordered = sorted(values)

    def rank(value: float) -> float:
        return (bisect_left(ordered, value) + bisect_right(ordered, value)) / (2 * len(ordered))

    return rank


def _distance(one: Place, other: Place) -> float:
    """Of choices, 0 or 1 each; the squares are added."""
    return sum(
        (a - b) ** 2 if isinstance(a, float) and isinstance(b, float) else float(a != b)
        for a, b in zip(one, other, strict=True)
    )


def _encloses(near: Sequence[Place], place: Place) -> bool:
    """In every number there are neighbours on both sides, and every choice is theirs too."""
    for at, own in enumerate(place):
        values = [other[at] for other in near]
        if isinstance(own, str):
            enclosed = own in values
        else:
            numbers = [v for v in values if isinstance(v, float)]
            enclosed = min(numbers) <= own <= max(numbers)
        if not enclosed:
            return False
    return True
