"""How a study's best came about, as a line small enough for a table."""

import math
from collections.abc import Sequence

from service.dashboard import words
from service.dashboard.home_views import Trend
from service.store.bests import STEPS, Step
from service.tables import Study

WIDTH, HEIGHT = 120.0, 24.0  # of the drawing, in its own units
EDGE = 2.0  # left free, so that the line's own width fits in
LOG_SPAN = 50.0  # a best that moves this far is drawn by its logarithm


def trend(study: Study, steps: Sequence[Step]) -> Trend | None:
    """The best so far by trial number, to the newest trial; None before the second step."""
    better = max if study.direction == "maximize" else min
    shown: list[Step] = []
    for step in steps:
        best = better(step.value, shown[-1].value) if shown else step.value
        shown.append(Step(step.place, best))
    if len(shown) < 2:
        return None
    first, last = (words.objective(study.metric, step.value) for step in (shown[0], shown[-1]))
    text = f"Best so far: {first} → {last}" if first != last else f"Best so far: {last} throughout"
    return Trend(_line(shown), text)


def _line(steps: Sequence[Step]) -> str:
    values = [step.value for step in steps]
    if min(values) > 0 and max(values) / min(values) >= LOG_SPAN:
        values = [math.log(value) for value in values]
    low, span = min(values), max(values) - min(values)
    rise = (HEIGHT - 2 * EDGE) / span if span > 0 and math.isfinite(span) else 0.0
    across = (WIDTH - 2 * EDGE) / (STEPS - 1)
    return " ".join(
        f"{EDGE + across * step.place:.1f},{HEIGHT - EDGE - rise * (value - low):.1f}"
        for step, value in zip(steps, values, strict=True)
    )
