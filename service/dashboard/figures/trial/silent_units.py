"""Units that no sample moves: dead ones put out zero, saturated ones stand at their ends."""

from typing import Any

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.curves import epochs_axis, last, rounded, waiting
from service.dashboard.figures.figure import Drawing, TrialFigure
from service.dashboard.figures.layers import (
    Layers,
    before,
    curves,
    end_names,
    layers_axis,
    listed,
    margin,
    measured,
    numbers,
)
from service.dashboard.figures.scene import TrialScene

PERCENT = 100.0
SPAN = 20.0  # percent points that the axis covers at least
AIR = 4.0  # percent points left free at either end
NONE = "No unit is dead or saturated in any layer."
SIGNALS = {"dead_units": "dead", "saturated_units": "saturated"}


class SilentUnits(TrialFigure):
    """Units that have fallen silent get no gradient, and seldom come back."""

    title = "Dead and saturated units: how many have fallen silent?"
    order = 70
    signals = tuple(SIGNALS)
    profile = "standard"
    at_start = True

    def draw(self, scene: TrialScene) -> Drawing:
        layers = _layers(scene)
        start = {signal: before(scene, signal) for signal in SIGNALS}
        if not layers and any(start.values()):
            return _at_start(start)
        known = numbers(layers)
        if not known:
            return drawing.empty(waiting(scene))
        if not any(known):
            return drawing.empty(NONE)
        limits = -AIR, PERCENT + AIR
        named = end_names(layers, limits, log=False, scale=PERCENT)
        return drawing.figure(
            curves(layers, words.percent, PERCENT),
            caption=_caption(layers),
            xaxis=epochs_axis(scene),
            yaxis=drawing.axis("Share of a layer's units, %", range=limits),
            annotations=named,
            margin=margin(named),
        )


def _at_start(found: dict[str, dict[str, float]]) -> Drawing:
    """Bars for each layer, dead beside saturated."""
    if not any(share for layers in found.values() for share in layers.values()):
        return drawing.empty(f"Before training: {NONE[:1].lower()}{NONE[1:]}")
    names = list(dict.fromkeys(name for layers in found.values() for name in layers))
    highest = PERCENT * max(share for layers in found.values() for share in layers.values())
    return drawing.figure(
        [
            _bar(what, names, found[signal], colour)
            for (signal, what), colour in zip(SIGNALS.items(), drawing.SERIES, strict=False)
            if found[signal]
        ],
        caption="Before training, on a fixed batch.",
        xaxis=layers_axis(names),
        yaxis=drawing.axis("Share of a layer's units, %", range=(0, max(SPAN, highest + AIR))),
        **drawing.LEGEND,
    )


def _bar(what: str, names: list[str], shares: dict[str, float], colour: str) -> dict[str, Any]:
    known = [(place, name) for place, name in enumerate(names) if name in shares]
    return {
        "type": "bar",
        "name": what,
        "x": [place for place, _ in known],
        "y": [rounded(PERCENT * shares[name]) for _, name in known],
        "text": [drawing.plain(f"{n}: {words.percent(shares[n])} {what}") for _, n in known],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": colour},
    }


def _layers(scene: TrialScene) -> Layers:
    """`fc1 dead`, `fc1 saturated`: those that some epoch has found any of."""
    found = {
        f"{layer} {what}": series
        for signal, what in SIGNALS.items()
        for layer, series in measured(scene, signal).items()
    }
    return {name: s for name, s in found.items() if any(s.values)} or found


def _caption(layers: Layers) -> str:
    ends = {name: last(series) or 0.0 for name, series in layers.items()}
    worst = sorted((name for name, share in ends.items() if share), key=lambda n: -ends[n])
    if not worst:
        return "All of them came back by the last epoch."
    return f"In the last epoch: {listed([f'{n} {words.percent(ends[n])}' for n in worst])}."
