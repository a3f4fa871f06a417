"""Which way is better: objectives turned so that lower is better, a missing one the worst."""

import math
from typing import Literal

Direction = Literal["maximize", "minimize"]


def as_loss(value: float | None, direction: Direction) -> float:
    """The objective with lower being better; +inf where it is None or not finite."""
    if value is None or not math.isfinite(value):
        return math.inf
    return -value if direction == "maximize" else value


def from_loss(loss: float, direction: Direction) -> float | None:
    """The inverse of `as_loss`; None for +inf."""
    if math.isinf(loss):
        return None
    return -loss if direction == "maximize" else loss
