"""What the figures of a trial share where a signal has a value per layer: curves and heat maps."""

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from diagnostics import Series
from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import curve, epochs_axis, last, rounded, values, waiting
from service.dashboard.figures.figure import Drawing
from service.dashboard.figures.scene import TrialScene, numeric

LOG_SPAN = 20.0  # sizes that differ this far are read on a log axis
MOST_LAYERS = 24  # more curves than this cannot be told apart
MOST_POINTS = 4000  # of all curves of a figure together
MOST_ROWS = 60  # of a heat map, a few pixels high each
MOST_COLUMNS = 240  # of a heat map: epochs
LONGEST = 18  # characters of a layer's name beside a heat map

Layers = dict[str, Series]


def measured(scene: TrialScene, signal: str) -> Layers:
    """The layers that have the signal after some epoch, in the order of the model."""
    trained = {name: series.since(1) for name, series in scene.history.layers(signal).items()}
    return {name: series for name, series in trained.items() if len(series)}


def before(scene: TrialScene, signal: str) -> dict[str, float]:
    """Layer → the value before training, without what is not finite."""
    value = scene.history.rows.get(0, {}).get(signal)
    pairs = value.items() if isinstance(value, dict) else ()
    return {name: number for name, v in pairs if (number := numeric(v)) is not None}


def layers_axis(names: list[str]) -> dict[str, Any]:
    """Layers from the first to the last, for what was measured once."""
    every = math.ceil(len(names) / MOST_LAYERS)
    named = range(0, len(names), every)
    return drawing.axis(
        "Layer, from the first to the last",
        range=(-0.5, len(names) - 0.5),
        tickvals=list(named),
        ticktext=[drawing.plain(_short(names[i])) for i in named],
    )


def numbers(layers: Layers) -> list[float]:
    """All that was measured and is finite."""
    return [v for series in layers.values() for v in values(series) if v is not None]


def medians(layers: Layers) -> dict[str, float]:
    """Layer → its usual value, without layers that never had a finite one."""
    return {
        name: median(known)
        for name, series in layers.items()
        if (known := [v for v in values(series) if v is not None])
    }


def sizes_over_epochs(
    scene: TrialScene,
    layers: Layers,
    title: str,
    caption: Callable[[int], str],
    under: Sequence[dict[str, Any]] = (),
) -> Drawing:
    """A curve for each layer, named at its end, on a log axis where the sizes differ far.

    `caption` is told how many values lie beyond the axis; `under` is drawn below the curves. The
    drawing is empty, and says why, where no size is known.
    """
    known = numbers(dict(list(layers.items())[:MOST_LAYERS]))
    log = drawing.wide(known, LOG_SPAN)
    limits = drawing.bulk(known, log=log)
    if limits is None:
        return drawing.empty(waiting(scene))
    named = end_names(layers, limits, log=log)
    return drawing.figure(
        [*under, *curves(layers)],
        caption=caption(drawing.outside(known, limits)),
        xaxis=epochs_axis(scene),
        yaxis=drawing.axis(title, log=log, range=limits),
        annotations=named,
        margin=margin(named),
    )


def curves(
    layers: Layers, write: Callable[[float | None], str] = words.param, scale: float = 1.0
) -> list[dict[str, Any]]:
    """A line for each of the first layers."""
    most = MOST_POINTS // max(1, min(len(layers), MOST_LAYERS))
    return [
        curve(name, series, colour, write, scale, most) for name, series, colour in coloured(layers)
    ]


def coloured(layers: Layers) -> list[tuple[str, Series, str]]:
    """The first layers with their colours."""
    return [
        (name, series, drawing.SERIES[i % len(drawing.SERIES)])
        for i, (name, series) in enumerate(list(layers.items())[:MOST_LAYERS])
    ]


def end_names(
    layers: Layers, limits: tuple[float, float], *, log: bool, scale: float = 1.0
) -> list[dict[str, Any]]:
    """The layers' names at the ends of their lines; none where they are too many."""
    ends = [
        (name, None if (end := last(series)) is None else end * scale, colour)
        for name, series, colour in coloured(layers)
    ]
    return drawing.end_names(ends, limits, log=log) if len(ends) <= drawing.FEW else []


def margin(named: list[dict[str, Any]]) -> dict[str, int]:
    """With room for names where there are some."""
    return drawing.NAMED if named else drawing.MARGIN


def heat(layers: Layers, unit: str) -> dict[str, Any]:
    """Layer × epoch, coloured by the decimal logarithm; what is 0 or not finite stays blank."""
    shown = dict(list(layers.items())[:MOST_ROWS])
    epochs = sorted({epoch for series in shown.values() for epoch in series.epochs})
    epochs = epochs[:: math.ceil(len(epochs) / MOST_COLUMNS)]
    rows = [dict(zip(series.epochs, values(series), strict=True)) for series in shown.values()]
    z = [[_log(row.get(epoch)) for epoch in epochs] for row in rows]
    return {
        "type": "heatmap",
        "x": epochs,
        "y": list(range(len(shown))),
        "z": z,
        "text": [
            [drawing.plain(_says(name, epoch, row)) for epoch in epochs]
            for name, row in zip(shown, rows, strict=True)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverongaps": False,
        "colorscale": "Viridis",
        "colorbar": {**_ticks(z), "title": {"text": unit, "side": "right"}, "thickness": 12},
    }


def rows_axis(layers: Layers) -> dict[str, Any]:
    """The layers of a heat map, the first one at the top."""
    names = list(layers)[:MOST_ROWS]
    every = math.ceil(len(names) / MOST_LAYERS)
    named = range(0, len(names), every)
    return drawing.axis(
        "Layer",
        range=(len(names) - 0.5, -0.5),
        tickvals=list(named),
        ticktext=[drawing.plain(_short(names[i])) for i in named],
        showgrid=False,
    )


def listed(names: list[str], most: int = 3) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {words.count(more)} more" if more > 0 else "")


def not_shown(layers: Layers, most: int = MOST_LAYERS, hidden: int = 0) -> str:
    """The end of a caption: layers after the first `most`, and `hidden` values off the axis."""
    said = ""
    if len(layers) > most:
        said += f"Drawn: the first {most} of {words.count(len(layers))} layers. "
    if hidden:
        said += f"{words.counted(hidden, 'value')} beyond the axis. "
    return said


def _log(value: float | None) -> float | None:
    return rounded(math.log10(value), 4) if value is not None and value > 0 else None


def _says(name: str, epoch: int, row: dict[int, float | None]) -> str:
    value = row.get(epoch)
    return f"{name}, epoch {epoch}: {'not finite' if value is None else words.param(value)}"


def _ticks(z: list[list[float | None]]) -> dict[str, Any]:
    """Of a colour bar: whole decades, or the ends and the middle where there is but one."""
    known = [v for row in z for v in row if v is not None]
    if not known:
        return {}
    low, high = min(known), max(known)
    ticks = [float(decade) for decade in range(math.ceil(low), math.floor(high) + 1)]
    ticks = ticks[:: math.ceil(len(ticks) / 6)] if len(ticks) > 1 else [low, (low + high) / 2, high]
    return {"tickvals": ticks, "ticktext": [words.param(rounded(10**t, 2)) for t in ticks]}


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
