"""Charts from layer to layer of a model that has not been trained yet."""

import math
from collections.abc import Iterator

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import by_layer
from diagnostics.page.axis import Axis, log_axis, usable
from diagnostics.page.chart import Chart, Line
from diagnostics.page.layers import layer_name
from diagnostics.page.lines import names

SIGNALS = (  # with a title and what the numbers are
    ("gradient_norm", "Gradient norm: does it reach the first layers?", "‖∂L/∂w‖, log scale"),
    ("activation_rms", "Activations: do they keep their size?", "Root mean square, log scale"),
    ("dead_units", "Dead units: how many never answer?", "Share of units that are zero"),
)
FEWEST = 2  # layers, so that there is something to compare


def charts(history: History) -> Iterator[Chart]:
    """Those that were measured before training."""
    for signal, title, y in SIGNALS:
        found = {name: usable(value) for name, value in by_layer(history, signal).items()}
        if sum(map(math.isfinite, found.values())) >= FEWEST:
            yield _chart(found, title, y, log=signal != "dead_units")


def _chart(found: dict[str, float], title: str, y: str, *, log: bool) -> Chart:
    layers = [layer_name(name) for name in found]
    points = tuple((float(number), value) for number, value in enumerate(found.values(), 1))
    order = f"From the first layer, {names(layers[:1])}, to the last, {names(layers[-1:])}."
    return Chart(
        title=title,
        caption=f"Before training. {order}",
        x="Layer",
        y=y,
        across=Axis(0.8, len(layers) + 0.2, whole=True),
        up=log_axis(found.values()) if log else Axis(-0.03, 1.03),
        lines=(Line("before training", points, 0, unnamed=True),),
        write=words.number,
    )
