"""Which trials a figure draws where it cannot draw all of them."""

from collections.abc import Sequence

from service.dashboard.figures.scene import Point


def telling(points: Sequence[Point], most: int, *, maximize: bool) -> list[Point]:
    """So many trials: the best complete ones, the newest, infeasible ones, and some of the rest.

    Which of the rest depends on nothing but their numbers, so that an update changes little.
    """
    trained = [point for point in points if point.epochs > 0]
    if len(trained) <= most:
        return trained
    valued = [point for point in trained if point.value is not None]
    sign = -1.0 if maximize else 1.0
    valued.sort(key=lambda p: (p.state != "complete", sign * (p.value or 0.0)))
    lost = [point for point in trained if point.state == "infeasible"][-(most // 8) :]
    chosen = {p.trial: p for p in (*valued[: most // 4], *lost, *trained[-(most // 8) :])}
    rest = sorted((p for p in trained if p.trial not in chosen), key=_turn)
    chosen |= {p.trial: p for p in rest[: most - len(chosen)]}
    return sorted(chosen.values(), key=lambda p: p.number)


def _turn(point: Point) -> int:
    """The number's bits from behind: the first of this order lie evenly over all numbers."""
    return int(f"{point.number:032b}"[::-1], 2)
