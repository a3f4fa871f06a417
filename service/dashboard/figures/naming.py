"""Names on a learning curve: what its shape is called, and where checks have seen something."""

import math
from collections.abc import Sequence
from typing import Any

from diagnostics import Severity
from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.scene import Marked, Shape

COLOURS = {Severity.WARNING: drawing.WARNING, Severity.FATAL: drawing.FATAL}
ROOM = 28  # px above the plot for the signs
MOST_NAMED = 3  # verdicts of one epoch that a caption names
AWAY = 56, 44  # px from the curve to its name, across and up
GAP = "rgba(213, 94, 0, 0.12)"

Points = list[tuple[int, float]]


def named(
    shapes: Sequence[Shape], points: Points, limits: tuple[float, float], *, log: bool
) -> list[dict[str, Any]]:
    """Each shape's name with a thin line to the curve; nothing where there is no curve."""
    within = [p for p in points if limits[0] <= p[1] <= limits[1]]
    if not within:
        return []
    return [_pointer(shape, _place(shape, within), within, limits, log=log) for shape in shapes]


def signs(marks: Sequence[Marked]) -> list[dict[str, Any]]:
    """The worst sign over each epoch that has verdicts, and how many; hovering says all."""
    return [_sign(epoch, several) for epoch, several in _by_epoch(marks).items()]


def gap(train: Points, val: Points, since: int) -> list[dict[str, Any]]:
    """What lies between both curves from an epoch on, tinted."""
    lower, upper = ([p for p in points if p[0] >= since] for points in (train, val))
    outline = [*upper, *reversed(lower)]
    if not lower or not upper:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "gap",
            "x": [x for x, _ in outline],
            "y": [y for _, y in outline],
            "fill": "toself",
            "fillcolor": GAP,
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
    ]


def said(shapes: Sequence[Shape]) -> str:
    """`Step down too early (epoch 4). ` for the caption."""
    names = [s.name if s.epoch is None else f"{s.name} (epoch {s.epoch})" for s in shapes]
    return f"{words.capital(', '.join(names))}. " if names else ""


def marked(marks: Sequence[Marked]) -> str:
    """` Marked: ▲ plateau, no_learning at epoch 1.` for the caption."""
    told = []
    for epoch, several in _by_epoch(marks).items():
        names = [mark.check for mark in several[:MOST_NAMED]]
        more = len(several) - len(names)
        which = ", ".join(names) + (f" and {more} more" if more > 0 else "")
        told.append(f"{several[0].mark.sign} {which} at epoch {epoch}")
    return f" Marked: {'; '.join(told)}." if told else ""


def _by_epoch(marks: Sequence[Marked]) -> dict[int, list[Marked]]:
    """In the order of the epochs, the worst of each first."""
    found: dict[int, list[Marked]] = {}
    for mark in sorted(marks, key=lambda m: (m.epoch, -m.mark.severity.rank)):
        found.setdefault(mark.epoch, []).append(mark)
    return found


def _place(shape: Shape, points: Points) -> tuple[int, float]:
    """The shape's epoch, else a third of the way: where a curve shows what it is."""
    if shape.epoch is None:
        return points[len(points) // 3]
    wanted = shape.epoch
    return min(points, key=lambda p: abs(p[0] - wanted))


def _pointer(
    shape: Shape,
    place: tuple[int, float],
    points: Points,
    limits: tuple[float, float],
    *,
    log: bool,
) -> dict[str, Any]:
    x, y = place
    low, high, at = (math.log10(v) if log else v for v in (*limits, y))
    leftward = x > (points[0][0] + points[-1][0]) / 2
    upward = at < (low + high) / 2
    return {
        "x": x,
        "y": at,
        "text": drawing.plain(shape.name),
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 1,
        "arrowcolor": drawing.QUIET,
        "standoff": 4,
        "ax": -AWAY[0] if leftward else AWAY[0],
        "ay": -AWAY[1] if upward else AWAY[1],
        "xanchor": "right" if leftward else "left",
        "font": {"color": drawing.INK},
    }


def _sign(epoch: int, several: Sequence[Marked]) -> dict[str, Any]:
    worst = several[0].mark
    told = [drawing.plain(f"{m.mark.sign} {m.check}: {_short(m.summary)}") for m in several]
    return {
        "x": epoch,
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "xanchor": "left",
        "xshift": -8,
        "text": worst.sign + (f" ×{len(several)}" if len(several) > 1 else ""),
        "hovertext": "<br>".join(told),
        "showarrow": False,
        "font": {"color": COLOURS.get(worst.severity, drawing.QUIET)},
    }


def _short(text: str, longest: int = 120) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
