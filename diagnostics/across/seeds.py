"""Points that end well or badly as the seed has it: they lie at the edge of what can be trained."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from diagnostics.across.points import Kind, Pattern, Point, told
from diagnostics.verdict import Remedy, Severity
from diagnostics.words import count

STEADIER = Remedy(
    "Prefer a point of which every seed lived, or move away from the edge: a lower lr, a warm-up, "
    "clipped gradients."
)


def patterns(points: Sequence[Point], direction: str) -> Iterator[Pattern]:
    """One for all such points together; a warning where the best point is one of them."""
    torn = [point for point in points if 0 < len(point.died) < len(point.trials)]
    if not torn:
        return
    first = _best(torn, direction)
    ahead = first is not None and first is _best(points, direction)
    shown = first if first is not None and ahead else max(torn, key=_share)
    deaths = f"{len(shown.died)} of {count(len(shown.trials), 'seed')}"
    who = "The best point" if ahead else "A point"
    summary = f"{who} ({told(shown)}) was infeasible with {deaths}."
    others = len(torn) - 1
    if others:
        are = "point is" if others == 1 else "points are"
        summary = f"{summary[:-1]}; {others} more {are} torn like it."
    yield Pattern(
        Kind.SEEDS,
        Severity.WARNING if ahead else Severity.NOTE,
        summary,
        {
            "points": len(points),
            "torn_points": len(torn),
            "died": len(shown.died),
            "seeds": len(shown.trials),
            "params": dict(shown.params),
        },
        tuple(trial.number for point in torn for trial in point.died),
        STEADIER,
    )


def _share(point: Point) -> float:
    return len(point.died) / len(point.trials)


def _best(points: Sequence[Point], direction: str) -> Point | None:
    """By the mean over the seeds that lived: that is what a list of trials shows."""
    sign = 1 if direction == "maximize" else -1
    found = [(sign * value, point) for point in points if (value := _lived(point)) is not None]
    return max(found, key=lambda pair: pair[0], default=(0.0, None))[1]


def _lived(point: Point) -> float | None:
    values = [trial.result for trial in point.trials if trial.result is not None]
    return fmean(values) if values else None
