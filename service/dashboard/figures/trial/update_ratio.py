"""‖Δw‖/‖w‖ per layer on a log axis, beside the rule of thumb."""

from typing import Any

from diagnostics.learning_rate import HIGH, LOW, TARGET
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import epochs_axis, values, waiting
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.layers import (
    Layers,
    coloured,
    curves,
    end_names,
    listed,
    margin,
    measured,
    medians,
    not_shown,
)
from service.dashboard.figures.scene import TrialScene


class UpdateRatio(TrialFigure):
    """Layers far above learn in jumps, layers far below hardly learn."""

    title = "Update ratio per layer: is the step size right?"
    order = 40
    signals = ("update_ratio",)

    def draw(self, scene: TrialScene) -> Drawing:
        layers = measured(scene, "update_ratio")
        shown = [v for _, series, _ in coloured(layers) for v in values(series)]
        limits = drawing.bulk(shown, log=True)
        if limits is None:
            return drawing.empty(waiting(scene))
        limits = min(limits[0], LOW / 2), max(limits[1], HIGH * 2)
        shape, note = drawing.named_level(TARGET, "1e-3, the rule of thumb", log=True)
        named = end_names(layers, limits, log=True)
        return drawing.figure(
            curves(layers),
            caption=_caption(layers, drawing.outside(shown, limits)),
            xaxis=epochs_axis(scene),
            yaxis=drawing.axis("‖Δw‖/‖w‖ of one step", log=True, range=limits),
            shapes=[_band(), shape],
            annotations=[note, *named],
            margin=margin(named),
        )


def _band() -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": LOW,
        "y1": HIGH,
        "fillcolor": drawing.BAND,
        "line": {"width": 0},
    }


def _caption(layers: Layers, hidden: int) -> str:
    usual = medians(layers)
    high = [name for name, value in usual.items() if value > HIGH]
    low = [name for name, value in usual.items() if value < LOW]
    said = "The band, 1e-4 to 1e-2, is fine. "
    if high:
        said += f"Above it in most epochs: {listed(high)}. "
    if low:
        said += f"Below it in most epochs: {listed(low)}. "
    return (said + not_shown(layers, hidden=hidden)).strip()
