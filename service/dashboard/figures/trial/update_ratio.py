"""‖Δw‖/‖w‖ per layer on a log axis, beside the rule of thumb."""

from statistics import median
from typing import Any

from diagnostics import Series
from diagnostics.learning_rate import HIGH, LOW, TARGET
from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import curve, epochs_axis, last, values, waiting
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.scene import TrialScene

MOST_LAYERS = 24  # more curves than this cannot be told apart


class UpdateRatio(TrialFigure):
    """Layers far above learn in jumps, layers far below hardly learn."""

    title = "Update ratio per layer: is the step size right?"
    order = 40

    def draw(self, scene: TrialScene) -> Drawing:
        layers = _measured(scene)
        drawn = dict(list(layers.items())[:MOST_LAYERS])
        shown = [v for series in drawn.values() for v in values(series)]
        limits = drawing.bulk(shown, log=True)
        if limits is None:
            return drawing.empty(waiting(scene))
        limits = min(limits[0], LOW / 2), max(limits[1], HIGH * 2)
        coloured = [
            (name, series, drawing.SERIES[i % len(drawing.SERIES)])
            for i, (name, series) in enumerate(drawn.items())
        ]
        shape, note = drawing.named_level(TARGET, "1e-3, the rule of thumb", log=True)
        names = [(name, last(series), colour) for name, series, colour in coloured]
        named = drawing.end_names(names, limits, log=True) if len(names) <= drawing.FEW else []
        return drawing.figure(
            [curve(name, series, colour, words.param) for name, series, colour in coloured],
            caption=_caption(layers, drawing.outside(shown, limits)),
            xaxis=epochs_axis(scene),
            yaxis=drawing.axis("‖Δw‖/‖w‖ of one step", log=True, range=limits),
            shapes=[_band(), shape],
            annotations=[note, *named],
            margin=drawing.NAMED if named else drawing.MARGIN,
        )


def _measured(scene: TrialScene) -> dict[str, Series]:
    layers = scene.history.layers("update_ratio")
    return {name: series for name, series in layers.items() if len(series)}


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


def _caption(layers: dict[str, Series], hidden: int) -> str:
    usual = {
        name: median(known)
        for name, series in layers.items()
        if (known := [v for v in values(series) if v is not None])
    }
    high = [name for name, value in usual.items() if value > HIGH]
    low = [name for name, value in usual.items() if value < LOW]
    said = "The band, 1e-4 to 1e-2, is fine. "
    if high:
        said += f"Above it in most epochs: {_names(high)}. "
    if low:
        said += f"Below it in most epochs: {_names(low)}. "
    if len(layers) > MOST_LAYERS:
        said += f"Drawn: the first {MOST_LAYERS} of {words.count(len(layers))} layers. "
    if hidden:
        said += f"{words.counted(hidden, 'value')} beyond the axis. "
    return said.strip()


def _names(layers: list[str], most: int = 3) -> str:
    more = len(layers) - most
    return ", ".join(layers[:most]) + (f" and {words.count(more)} more" if more > 0 else "")
