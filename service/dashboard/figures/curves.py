"""What the figures of a trial share: series over epochs as curves."""

from collections.abc import Callable
from typing import Any

from diagnostics import Series
from service.dashboard.figures import drawing
from service.dashboard.figures.scene import TrialScene, numeric

MISSING_RUN = "The curve begins once the first epoch has been reported."
MISSING_SIGNAL = "This run did not measure it."
FEW = 10  # epochs that all get their tick, so that none falls between two
EDGE = 0.02  # of the epochs left free at either end of the axis


def values(series: Series) -> list[float | None]:
    """The series' numbers, None where one is not finite or as good as that."""
    return [numeric(v) for v in series.values]


def last(series: Series) -> float | None:
    """The last number that is finite."""
    return next((v for v in reversed(values(series)) if v is not None), None)


def curve(
    name: str, series: Series, colour: str, write: Callable[[float | None], str], scale: float = 1.0
) -> dict[str, Any]:
    """A series as a line; `write` words its numbers, `scale` brings them to the axis' unit."""
    numbers = values(series)
    text = [
        f"{name}, epoch {epoch}: {'diverged' if value is None else write(value)}"
        for epoch, value in zip(series.epochs, numbers, strict=True)
    ]
    scaled = [None if v is None else v * scale for v in numbers]
    return drawing.line(name, series.epochs, scaled, colour, text)


def epochs_axis(scene: TrialScene) -> dict[str, Any]:
    """Epochs, up to the recipe's length from the start, so that a running curve grows into it."""
    longest = max(scene.history.epochs, 1 if scene.ended else scene.epochs)
    margin = EDGE * longest + 0.3
    steps: dict[str, Any] = {"dtick": 1} if longest <= FEW else {}
    return drawing.axis("Epoch", range=(1 - margin, longest + margin), tickformat="d", **steps)


def waiting(scene: TrialScene) -> str:
    """Why a figure has nothing to show: not yet, or never."""
    return MISSING_SIGNAL if scene.ended or scene.history.epochs else MISSING_RUN
