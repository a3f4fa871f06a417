"""Lines coloured by the objective: eight steps of viridis, brighter for better.

A line is thinner than a point, so viridis ends before the yellow that white swallows; on the dark
page the page's script swaps the steps for partners that begin after the violet that black swallows.
"""

from dataclasses import dataclass

import numpy as np

from service.dashboard import words
from service.dashboard.figures import trials_drawn
from service.dashboard.figures.scene import StudyScene

# matplotlib's viridis from 0 to 0.78; the last is the best. `static/theme.js` has the partners.
SHADES = (
    "#440154",
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#36b778",
    "#6fce57",
)
TOLD = ("complete", "running", "pruned")  # states whose objectives the scale is made from


@dataclass(frozen=True)
class Scale:
    """The objectives of the darkest and the brightest shade."""

    worst: float
    best: float

    def shade(self, value: float) -> int:
        """0 … 7 for an objective, 7 for the best."""
        if self.best == self.worst:
            return len(SHADES) - 1
        share = (value - self.worst) / (self.best - self.worst)
        return round(min(max(share, 0.0), 1.0) * (len(SHADES) - 1))


def scale_of(scene: StudyScene) -> Scale | None:
    """Over the better part of the study's values, as in its map; None where there is none."""
    values = [p.value for p in scene.points if p.value is not None and p.state in TOLD]
    if not values:
        return None
    spread = np.array(values) if scene.maximize else -np.array(values)
    cut = (len(spread) - 1) * trials_drawn.DARKEST // 100
    spread.partition(cut)
    sign = 1.0 if scene.maximize else -1.0
    return Scale(sign * float(spread[cut]), sign * float(spread.max()))


def caption(scene: StudyScene) -> str:
    """What the colours mean, as a sentence."""
    return f"Brighter: better {words.metric(scene.metric)}."
