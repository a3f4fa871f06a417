"""How large each layer's weights are after each epoch."""

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import epochs_axis, values, waiting
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.layers import (
    LOG_SPAN,
    MOST_LAYERS,
    Layers,
    curves,
    end_names,
    listed,
    margin,
    measured,
    numbers,
)
from service.dashboard.figures.scene import TrialScene

MOVED = 2.0  # a norm that has changed by this factor is named


class WeightNorm(TrialFigure):
    """Weights that keep growing want more weight decay, weights that vanish want less."""

    title = "Weight norm: do the weights grow or shrink?"
    order = 80
    signals = ("weight_norm",)

    def draw(self, scene: TrialScene) -> Drawing:
        layers = measured(scene, "weight_norm")
        known = numbers(layers)
        log = drawing.wide(known, LOG_SPAN)
        limits = drawing.bulk(known, log=log)
        if limits is None:
            return drawing.empty(waiting(scene))
        named = end_names(layers, limits, log=log)
        return drawing.figure(
            curves(layers),
            caption=_caption(layers, drawing.outside(known, limits)),
            xaxis=epochs_axis(scene),
            yaxis=drawing.axis("‖w‖", log=log, range=limits),
            annotations=named,
            margin=margin(named),
        )


def _caption(layers: Layers, hidden: int) -> str:
    ends = {name: [v for v in values(s) if v is not None] for name, s in layers.items()}
    grown = [name for name, v in ends.items() if v and v[-1] > MOVED * v[0]]
    shrunk = [name for name, v in ends.items() if v and v[-1] * MOVED < v[0]]
    said = f"More than doubled: {listed(grown)}. " if grown else ""
    said += f"Less than half of what it was: {listed(shrunk)}. " if shrunk else ""
    several = any(len(v) > 1 for v in ends.values())
    said = said or ("No layer has doubled or halved. " if several else "After one epoch. ")
    if len(layers) > MOST_LAYERS:
        said += f"Drawn: the first {MOST_LAYERS} of {words.count(len(layers))} layers. "
    if hidden:
        said += f"{words.counted(hidden, 'value')} beyond the axis. "
    return said.strip()
