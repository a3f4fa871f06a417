"""How large each layer's outputs are on a fixed batch, and how far they differ between samples."""

from typing import Any

from diagnostics import Series
from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import rounded, values
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.layers import (
    LOG_SPAN,
    Layers,
    before,
    coloured,
    layers_axis,
    listed,
    measured,
    not_shown,
    sizes_over_epochs,
)
from service.dashboard.figures.scene import TrialScene

TITLE = "Root mean square of the outputs"  # of the axis
SAME = 0.01  # spread below which a layer's output hardly depends on the sample
FAINT = 0.14  # opacity of a band
LEAST = 0.05  # of a size: where a band ends below on a log axis


class Activations(TrialFigure):
    """Outputs that shrink or grow from layer to layer do so for the gradients as well."""

    title = "Activations: do signals keep their size from layer to layer?"
    order = 60
    signals = ("activation_rms",)
    profile = "standard"
    at_start = True

    def draw(self, scene: TrialScene) -> Drawing:
        sizes, spreads = (measured(scene, f"activation_{what}") for what in ("rms", "spread"))
        if not sizes and (start := before(scene, "activation_rms")):
            return _at_start(start, before(scene, "activation_spread"))
        bands = _bands(sizes, spreads) if len(sizes) <= drawing.FEW else []

        def caption(hidden: int) -> str:
            return _caption(sizes, spreads, hidden, drawn=bool(bands))

        return sizes_over_epochs(scene, sizes, TITLE, caption, under=bands)


def _at_start(sizes: dict[str, float], spreads: dict[str, float]) -> Drawing:
    """A point for each layer, with the deviation over the samples where that is known."""
    names = list(sizes)
    known = list(sizes.values())
    log = drawing.wide(known, LOG_SPAN)
    errors = [rounded(sizes[name] * spreads.get(name, 0.0)) for name in names]
    reach = [v + e for v, e in zip(known, errors, strict=True)]
    limits = drawing.bulk([*known, *reach], log=log) or (0.0, 1.0)
    limits = limits if log else (0.0, limits[1])
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": list(range(len(names))),
        "y": [rounded(v) for v in known],
        "error_y": {"type": "data", "array": errors, "color": drawing.SERIES[0], "thickness": 1},
        "text": [
            drawing.plain(f"{name}: {words.param(sizes[name])} ± {words.param(error)}")
            for name, error in zip(names, errors, strict=True)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": drawing.SERIES[0], "size": 8},
    }
    times = f"{words.param(rounded(max(known) / min(known), 2))} times" if min(known) > 0 else ""
    said = f"The largest is {times} the smallest. " if times and len(names) > 1 else ""
    return drawing.figure(
        [points],
        caption=f"Before training; bars show ± one deviation over the samples. {said}".strip(),
        xaxis=layers_axis(names),
        yaxis=drawing.axis(TITLE, log=log, range=limits),
    )


def _bands(sizes: Layers, spreads: Layers) -> list[dict[str, Any]]:
    return [
        _band(name, size, spreads[name], colour)
        for name, size, colour in coloured(sizes)
        if name in spreads
    ]


def _band(name: str, size: Series, spread: Series, colour: str) -> dict[str, Any]:
    """Size ± deviation over the samples."""
    shares = dict(zip(spread.epochs, values(spread), strict=True))
    found = [
        (epoch, value, share)
        for epoch, value in zip(size.epochs, values(size), strict=True)
        if value is not None and (share := shares.get(epoch)) is not None
    ]
    above = [(e, rounded(v * (1 + s))) for e, v, s in found]
    below = [(e, rounded(v * max(1 - s, LEAST))) for e, v, s in reversed(found)]
    outline = [*above, *below]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": drawing.plain(name),
        "x": [x for x, _ in outline],
        "y": [y for _, y in outline],
        "fill": "toself",
        "opacity": FAINT,
        "fillcolor": colour,
        "line": {"width": 0, "color": colour},
        "hoverinfo": "skip",
    }


def _caption(sizes: Layers, spreads: Layers, hidden: int, *, drawn: bool) -> str:
    said = "On a fixed batch"
    said += "; bands show ± one deviation over its samples. " if drawn else ". "
    same = [n for n, s in spreads.items() if len(s) and (values(s)[-1] or 0.0) < SAME]
    if same:
        said += f"Hardly any difference between samples: {listed(same)}. "
    return (said + not_shown(sizes, hidden=hidden)).strip()
