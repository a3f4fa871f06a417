"""Faults that follow one hyperparameter: lr above some value, and every run is lost.

A number is judged by the rank-sum test of Mann and Whitney (1947), with the correction for ties; a
choice by Fisher's exact test. Both are multiplied by what was tried (Bonferroni). Where a number
matters, the cut is where the shares on its two sides differ most (Youden 1950).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from diagnostics.across.points import (
    INFEASIBLE,
    Kind,
    Pattern,
    Point,
    is_number,
    searched,
    short_names,
    unit,
)
from diagnostics.causes import CAUSES
from diagnostics.verdict import Remedy, Severity
from diagnostics.words import count, rounded, sentence, written

FEWEST = 3  # points with the fault, and without
CHANCE = 0.02  # at most, that the fault falls so by accident
APART = 0.6  # least difference between the shares on the two sides
SAME = 0.8  # share of a cause's points that are infeasible: that has been said already


@dataclass(frozen=True)
class Side:
    """`of` points on one side of a cut, `hits` of them with the fault, and the same of the others.

    `edge` is (`from`, `up_to` or `choice`; its value), `chance` that it is so by accident.
    """

    edge: tuple[str, Any]
    of: int
    hits: int
    others: int
    other_hits: int
    chance: float = 1.0

    @property
    def apart(self) -> float:
        """How much larger the share of the faults is on this side, −1 to 1."""
        return self.hits / self.of - self.other_hits / self.others


def patterns(points: Sequence[Point]) -> Iterator[Pattern]:
    """For each fault the hyperparameter that it follows most closely, where it follows one."""
    dead = [point.is_infeasible for point in points]
    yield from _pattern(points, dead, INFEASIBLE)
    for cause in dict.fromkeys(t.causes[0] for p in points for t in p.trials if t.causes):
        bad = [point.suffers(cause) for point in points]
        both = sum(b and d for b, d in zip(bad, dead, strict=True))
        if both < SAME * sum(bad):
            yield from _pattern(points, bad, cause)


def _pattern(points: Sequence[Point], bad: Sequence[bool], fault: str) -> Iterator[Pattern]:
    paths = searched(points)
    if min(sum(bad), len(bad) - sum(bad)) < FEWEST:
        return
    found = {path: _side([point.params[path] for point in points], bad) for path in paths}
    sure = {p: side for p, side in found.items() if side and side.chance * len(paths) <= CHANCE}
    if sure:
        path = max(sure, key=lambda path: (sure[path].apart, -sure[path].chance))
        numbers = [n for p, hit in zip(points, bad, strict=True) if hit for n in p.numbers]
        yield _told(path, short_names(paths)[path], sure[path], fault, unit(points), numbers)


def _told(
    path: str, name: str, side: Side, fault: str, noun: str, numbers: Sequence[int]
) -> Pattern:
    where, away = _in_words(*side.edge)
    what = fault if fault == INFEASIBLE else _clause(CAUSES.get(fault, fault))
    many = f"{side.hits} of {count(side.of, noun)}"
    rest = "none" if side.other_hits == 0 else str(side.other_hits)
    said = f"{name} {where}: {what} in {many}, in {rest} of the {side.others} others."
    evidence = {
        "path": path,
        side.edge[0]: side.edge[1],
        "fault": fault,
        "with_it": [side.hits, side.of],
        "others": [side.other_hits, side.others],
        "chance": rounded(side.chance),
    }
    return Pattern(
        Kind.SETTING,
        Severity.NOTE,
        said if "." in name else sentence(said),
        evidence,
        tuple(numbers),
        Remedy(f"Narrow the space: search {name} {away}."),
    )


def _in_words(edge: str, value: Any) -> tuple[str, str]:
    """The bad side, and the other one."""
    said = written(value)
    if edge == "choice":
        return said, f"without {said}"
    if edge == "from":
        return f"from {said} on", f"below {said}"
    return f"up to {said}", f"above {said}"


def _clause(cause: str) -> str:
    """`The loss grows; …` within a sentence."""
    first = cause.partition(";")[0]
    return first[:1].lower() + first[1:]


def _side(values: Sequence[Any], bad: Sequence[bool]) -> Side | None:
    """The side of one hyperparameter on which the fault is at home, if it is at all."""
    numeric = all(map(is_number, values))
    sides = _cuts(values, bad) if numeric else _choices([written(v) for v in values], bad)
    best = max(sides, key=lambda side: side.apart, default=None)
    if best is None or best.apart < APART:
        return None
    return replace(best, chance=rank_sum(values, bad) if numeric else _by_choice(best, values))


def _by_choice(side: Side, values: Sequence[Any]) -> float:
    """Times the choices, each of which was tried."""
    return min(1.0, len(set(map(written, values))) * fisher(side))


def _cuts(values: Sequence[float], bad: Sequence[bool]) -> Iterator[Side]:
    """Both sides of every cut between two values."""
    every, faults, below, hits = len(values), sum(bad), 0, 0
    for (low, group), (high, _) in pairwise(_by_value(values, bad)):
        below, hits = below + len(group), hits + sum(group)
        under, over = (below, hits), (every - below, faults - hits)
        yield Side(("up_to", low), *under, *over)
        yield Side(("from", high), *over, *under)


def _by_value(values: Sequence[Any], bad: Sequence[bool]) -> list[tuple[Any, list[bool]]]:
    """Each value, ascending, with the fates of its points."""
    pairs = sorted(zip(values, bad, strict=True))
    groups = groupby(pairs, key=lambda pair: pair[0])
    return [(value, [hit for _, hit in group]) for value, group in groups]


def _choices(names: Sequence[str], bad: Sequence[bool]) -> Iterator[Side]:
    every, faults = len(names), sum(bad)
    for name, group in _by_value(names, bad):
        of, hits = len(group), sum(group)
        yield Side(("choice", name), of, hits, every - of, faults - hits)


def fisher(side: Side) -> float:
    """The chance that `hits` or more of the faults fall on this side, drawn without order."""
    from scipy.stats import hypergeom  # takes long to import: only where a fault has a side

    faults = side.hits + side.other_hits
    return float(hypergeom.sf(side.hits - 1, side.of + side.others, faults, side.of))


def rank_sum(values: Sequence[float], bad: Sequence[bool]) -> float:
    """Two-sided p of Mann and Whitney's test, by the normal approximation."""
    from scipy.stats import mannwhitneyu

    pairs = list(zip(values, bad, strict=True))
    faults, others = ([v for v, hit in pairs if hit is wanted] for wanted in (True, False))
    return float(mannwhitneyu(faults, others, method="asymptotic").pvalue)
