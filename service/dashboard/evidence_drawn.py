"""Evidence of a verdict as a small plot: numbers per layer as bars, a series as a line."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from diagnostics.learning_rate import HIGH, LOW
from service.dashboard import words
from service.dashboard.figures.curves import telling
from service.dashboard.figures.scene import numeric
from service.dashboard.trial_views import Bar, Bars, Reference, Spark
from service.store.trial_pages import LossRow

WIDTH, HEIGHT = 200.0, 48.0  # of a spark line's box
EDGE = 4.0  # of it left free above and below
MOST_BARS = 10
MOST_POINTS = 80
LOG_SPAN = 20.0  # numbers that differ this far are drawn on a log scale
FEWEST = 3  # numbers that make a line
SERIES = "loss"  # in the name of evidence that is a series
SHORTEST = 1.5  # percent: a bar that can still be seen
BANDS = {"update_ratio": (LOW, HIGH)}  # evidence → what is fine
ON_LOSSES = {  # evidence of what was read off a curve → the curve
    "lowest_val_loss": "val_loss",
    "val_loss": "val_loss",
    "train_loss": "train_loss",
    "last_loss": "train_loss",
    "best_loss": "train_loss",
    "last_finite_loss": "train_loss",
}
LEVELS = {  # evidence → the name of a line at its height
    "baseline_loss": "without inputs",
    "untrained_loss": "untrained",
}

Course = list[tuple[float, float | None]]


def bars(evidence: Mapping[str, Any]) -> tuple[str, Bars] | None:
    """The first mapping of names to numbers, and its key."""
    for key, value in evidence.items():
        known = _numbers(value)
        if known:
            return str(key), _bars(str(key), known)
    return None


def spark(evidence: Mapping[str, Any], losses: Sequence[LossRow]) -> Spark | None:
    """A list of the evidence, else the loss curve that it was read off."""
    for key, value in evidence.items():
        if SERIES in str(key) and isinstance(value, list) and len(value) >= FEWEST:
            numbers = [numeric(v) for v in value]
            if all(n is not None for n in numbers):
                return _spark(str(key).replace("_", " "), _counted(numbers), {})
    curve = next((ON_LOSSES[key] for key in evidence if key in ON_LOSSES), None)
    if curve is None or len(losses) < FEWEST:
        return None
    series: Course = [(row.epoch, numeric(getattr(row, curve))) for row in losses]
    levels = {name: numeric(evidence.get(key)) for key, name in LEVELS.items()}
    title = "Validation loss by epoch" if curve == "val_loss" else "Training loss by epoch"
    return _spark(title, series, {n: v for n, v in levels.items() if v is not None})


def _numbers(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return {}
    pairs = ((str(name), numeric(number)) for name, number in value.items())
    return {name: number for name, number in pairs if number is not None and number >= 0}


def _bars(key: str, known: Mapping[str, float]) -> Bars:
    band = BANDS.get(key)
    positive = [v for v in known.values() if v > 0]
    ends = [*positive, *(band or ())]
    log = bool(positive) and max(ends) / min(ends) >= LOG_SPAN
    low, high = (min(ends) / 2, max(ends) * 1.2) if log else (0.0, max([*ends, 1e-300]))
    shown = list(known.items())[:MOST_BARS]
    more = len(known) - len(shown)
    place = _place(low, high, log=log)
    return Bars(
        title=key.replace("_", " ").capitalize() + (", log scale" if log else ""),
        bars=tuple(
            Bar(name, words.param(value), place(value), band is not None and _odd(value, band))
            for name, value in shown
        ),
        band=None if band is None else (place(band[0]), place(band[1]) - place(band[0])),
        note=" ".join(_note(band, more)),
    )


def _note(band: tuple[float, float] | None, more: int) -> list[str]:
    said = []
    if band is not None:
        said.append(f"The tinted band, {words.param(band[0])} to {words.param(band[1])}, is fine.")
    if more > 0:
        said.append(f"{words.count(more)} more are in the table.")
    return said


def _odd(value: float, band: tuple[float, float]) -> bool:
    return not band[0] <= value <= band[1]


def _place(low: float, high: float, *, log: bool) -> Any:
    """Value → percent of the width."""

    def share(value: float) -> float:
        if value <= 0:
            return 0.0
        if not log:
            return round(max(SHORTEST, 100 * value / high), 2)
        return round(max(SHORTEST, 100 * math.log(value / low) / math.log(high / low)), 2)

    return share


def _counted(numbers: Sequence[float | None]) -> Course:
    return [(float(i), number) for i, number in enumerate(numbers, 1)]


def _spark(title: str, series: Course, levels: Mapping[str, float]) -> Spark | None:
    known = [y for _, y in series if y is not None]
    if len(known) < 2:
        return None
    low, high = min([*known, *levels.values()]), max([*known, *levels.values()])
    log = low > 0 and high / low >= LOG_SPAN
    height = _height(low, high, log=log)
    left, right = series[0][0], series[-1][0]
    shown = [series[i] for i in telling([y for _, y in series], MOST_POINTS)]
    pieces, piece = [], []
    for x, y in [*shown, (right, None)]:
        if y is not None:
            piece.append(f"{WIDTH * (x - left) / max(right - left, 1):.1f},{height(y):.1f}")
        elif piece:
            pieces.append(" ".join(piece))
            piece = []
    return Spark(
        title=title + (", log scale" if log else ""),
        pieces=tuple(pieces),
        levels=tuple(
            Reference(round(height(v), 1), f"{n} {words.loss(v)}") for n, v in levels.items()
        ),
        says=f"{words.loss(known[0])} → {words.loss(known[-1])}",
    )


def _height(low: float, high: float, *, log: bool) -> Any:
    """Value → units from the top of the box."""

    def place(value: float) -> float:
        if high <= low:
            return HEIGHT / 2
        share = (
            math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)
        )
        return EDGE + (HEIGHT - 2 * EDGE) * (1 - share)

    return place
