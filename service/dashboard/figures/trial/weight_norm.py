"""How large each layer's weights are after each epoch."""

from service.dashboard.figures.curves import values
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.layers import Layers, listed, measured, not_shown, sizes_over_epochs
from service.dashboard.figures.scene import TrialScene

MOVED = 2.0  # a norm that has changed by this factor is named


class WeightNorm(TrialFigure):
    """Weights that keep growing want more weight decay, weights that vanish want less."""

    title = "Weight norm: do the weights grow or shrink?"
    order = 80
    signals = ("weight_norm",)

    def draw(self, scene: TrialScene) -> Drawing:
        layers = measured(scene, "weight_norm")
        return sizes_over_epochs(scene, layers, "‖w‖", lambda hidden: _caption(layers, hidden))


def _caption(layers: Layers, hidden: int) -> str:
    ends = {name: [v for v in values(s) if v is not None] for name, s in layers.items()}
    grown = [name for name, v in ends.items() if v and v[-1] > MOVED * v[0]]
    shrunk = [name for name, v in ends.items() if v and v[-1] * MOVED < v[0]]
    said = f"More than doubled: {listed(grown)}. " if grown else ""
    said += f"Less than half of what it was: {listed(shrunk)}. " if shrunk else ""
    several = any(len(v) > 1 for v in ends.values())
    said = said or ("No layer has doubled or halved. " if several else "After one epoch. ")
    return (said + not_shown(layers, hidden=hidden)).strip()
