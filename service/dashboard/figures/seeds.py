"""Points that are trained with several seeds: what they reached on average, as pages rank them."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from service.dashboard.figures.scene import Point, StudyScene

# Of the seeds of a point that is not complete, the first of these names its state.
STATES = ("infeasible", "running", "waiting", "failed", "pruned", "cancelled")


def by_point(scene: StudyScene) -> StudyScene:
    """The scene with its trials folded: for figures that rank."""
    points = folded(scene.points, scene.repeats, maximize=scene.maximize)
    return scene.with_points(points)


def folded(points: Sequence[Point], repeats: int, *, maximize: bool) -> tuple[Point, ...]:
    """One for each point, in the order of their numbers, with the mean of its seeds.

    A point is complete once so many of its seeds are; it goes by the best of them.
    """
    if repeats == 1:
        return tuple(points)
    groups: dict[str, list[Point]] = {}
    for point in points:
        groups.setdefault(_key(point), []).append(point)
    every = (_folded(group, repeats, maximize) for group in groups.values())
    return tuple(sorted(every, key=lambda point: point.number))


def settled(points: Sequence[Point], repeats: int) -> tuple[Point, ...]:
    """Every trial; of the seeds of a point, the one that completes it has the mean as its value
    and the others have none.
    """
    if repeats == 1:
        return tuple(points)
    known: dict[str, list[float]] = {}
    return tuple(_settled(point, known.setdefault(_key(point), []), repeats) for point in points)


def _key(point: Point) -> str:
    return repr(sorted(point.params.items()))


def _folded(group: Sequence[Point], repeats: int, maximize: bool) -> Point:
    complete = [seed for seed in group if seed.state == "complete" and seed.value is not None]
    if len(complete) >= repeats:
        return _mean(complete, "complete", maximize)
    state = next((s for s in STATES if any(seed.state == s for seed in group)), "waiting")
    named = next((seed for seed in group if seed.state == state), group[0])
    mean = _mean(group, state, maximize)
    return replace(mean, trial=named.trial, number=named.number)


def _mean(seeds: Sequence[Point], state: str, maximize: bool) -> Point:
    """Under the name of the best of them; without a value where none has one."""
    valued = [seed for seed in seeds if seed.value is not None]
    sign = -1.0 if maximize else 1.0
    first = min(valued or seeds, key=lambda seed: sign * (seed.value or 0.0))
    value = fmean(seed.value or 0.0 for seed in valued) if valued else None
    epochs = max(seed.epochs for seed in seeds)
    return replace(first, state=state, value=value, epochs=epochs, seeds=max(len(valued), 1))


def _settled(point: Point, known: list[float], repeats: int) -> Point:
    """`known` are the values of the point's complete seeds so far, and grows."""
    if point.state != "complete" or point.value is None:
        return point
    known.append(point.value)
    enough = len(known) >= repeats
    return replace(point, value=fmean(known) if enough else None, seeds=len(known))
