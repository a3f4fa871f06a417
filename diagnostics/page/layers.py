"""The charts with a curve per layer."""

import math
from statistics import median

from diagnostics import words
from diagnostics.history import History
from diagnostics.learning_rate import HIGH, LOW, TARGET
from diagnostics.page.axis import HEAD, Axis, log_axis
from diagnostics.page.chart import Chart, Level, Line, shortened
from diagnostics.page.lines import (
    PERCENT,
    beyond,
    epochs_axis,
    in_percent,
    names,
    points,
    sentences,
    values,
)

FEW = 6  # layers that all have a colour and a name


def update_ratio(history: History) -> Chart | None:
    """With the band that is fine and the rule of thumb."""
    lines = _layers(history, "update_ratio")
    return _chart(
        history,
        lines,
        log_axis(values(lines), least=(LOW / 2, HIGH * 2)),
        title="Update ratio per layer: is the step size right?",
        caption=sentences("The band, 1e-4 to 1e-2, is fine.", _outside(lines)),
        y="‖Δw‖/‖w‖ of one step, log scale",
        levels=(Level(TARGET, "1e-3, usual"),),
        band=(LOW, HIGH),
    )


def gradient_norm(history: History) -> Chart | None:
    """From layer to layer; those without any are told."""
    lines = _layers(history, "gradient_norm")
    none = [line.name for line in lines if line.last and line.last[1] == 0]
    return _chart(
        history,
        lines,
        log_axis(values(lines)),
        title="Gradient norm per layer: does it reach the first layers?",
        caption=f"No gradient arrives at the end: {names(none)}." if none else _flow(lines),
        y="‖∂L/∂w‖ of one step, log scale",
    )


def dead_units(history: History) -> Chart | None:
    """In percent of the units of each layer with rectifiers."""
    return _chart(
        history,
        _layers(history, "dead_units", PERCENT),
        Axis(-PERCENT * HEAD / 2, PERCENT * (1 + HEAD / 2)),
        title="Dead units per layer: how many never answer?",
        caption="A unit that is zero for every sample gets no gradient.",
        y="Units, %",
    )


def layer_name(name: str) -> str:
    """A layer of a Sequential has a number only."""
    return f"layer {name}" if name.isdecimal() else name


def _chart(
    history: History,
    lines: list[Line],
    up: Axis,
    *,
    title: str,
    caption: str,
    y: str,
    levels: tuple[Level, ...] = (),
    band: tuple[float, float] | None = None,
) -> Chart | None:
    if not any(map(math.isfinite, values(lines))):
        return None
    write = words.number if up.log else in_percent
    named = sum(not line.unnamed for line in lines)
    many = f"{named} of {len(lines)} layers are named." if named < len(lines) else ""
    return Chart(
        title=title,
        caption=sentences(caption, many, beyond(up, lines, write)),
        x="Epoch",
        y=y,
        across=epochs_axis(history),
        up=up,
        lines=tuple(lines),
        write=write,
        levels=levels,
        band=band,
    )


def _layers(history: History, signal: str, times: float = 1.0) -> list[Line]:
    """Few layers have a colour each; of many only the ends of the model and of the values."""
    found = {name: points(each, times) for name, each in history.layers(signal).items()}
    chosen = list(found)
    if len(found) > FEW:
        ends = {name: Line(name, each).last for name, each in found.items()}
        ordered = sorted((end[1], name) for name, end in ends.items() if end)
        extremes = [name for _, name in (*ordered[:1], *ordered[-1:])]
        chosen = list(dict.fromkeys([chosen[0], chosen[-1], *extremes]))
    tones = {name: tone for tone, name in enumerate(chosen)}
    return [
        Line(layer_name(name), each, tones.get(name), unnamed=name not in tones)
        for name, each in found.items()
    ]


def _outside(lines: list[Line]) -> str:
    """Which layers lie outside of the band in most epochs."""
    usual = {line.name: median(known) for line in lines if (known := _known(line))}
    high = [name for name, value in usual.items() if value > HIGH]
    low = [name for name, value in usual.items() if value < LOW]
    return sentences(
        f"Above it in most epochs: {names(high)}." if high else "",
        f"Below it in most epochs: {names(low)}." if low else "",
    )


def _flow(lines: list[Line]) -> str:
    """How the first layer's gradient compares with the last one's."""
    known = [(line.name, line.last[1]) for line in lines if line.last]
    if len(known) < 2 or known[-1][1] <= 0:
        return ""
    share, first = words.number(known[0][1] / known[-1][1]), shortened(known[0][0])
    return f"At the end the first layer, {first}, gets {share} times what the last one gets."


def _known(line: Line) -> list[float]:
    return [y for _, y in line.points if math.isfinite(y)]
