"""How much gradient reaches each layer, epoch by epoch."""

import math

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import epochs_axis, waiting
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.layers import (
    MOST_ROWS,
    Layers,
    heat,
    measured,
    medians,
    not_shown,
    numbers,
    rows_axis,
)
from service.dashboard.figures.scene import TrialScene


class GradientNorm(TrialFigure):
    """A layer that is dark while others are bright gets no gradient; one that flares explodes."""

    title = "Gradient norm: does every layer get its share?"
    order = 50
    signals = ("gradient_norm",)

    def draw(self, scene: TrialScene) -> Drawing:
        layers = measured(scene, "gradient_norm")
        if not any(v > 0 for v in numbers(layers)):
            return drawing.empty(_none(layers) or waiting(scene))
        return drawing.figure(
            [heat(layers, "‖∂L/∂w‖")],
            caption=_caption(layers),
            xaxis={**epochs_axis(scene), "showgrid": False},
            yaxis=rows_axis(layers),
        )


def _none(layers: Layers) -> str:
    return "No gradient reached any layer." if layers else ""


def _caption(layers: Layers) -> str:
    usual = medians(layers)
    said = "The median over the steps of each epoch; brighter is more. "
    without = [name for name, value in usual.items() if value == 0]
    reached = [value for value in usual.values() if value > 0]
    if reached and len(usual) > 1:
        spread = math.log10(max(reached) / min(reached))
        said += f"Layers differ by a factor of {words.param(10**spread)}. "
    if without:
        said += f"{words.counted(len(without), 'layer')} without any gradient. "
    return (said + not_shown(layers, MOST_ROWS)).strip()
