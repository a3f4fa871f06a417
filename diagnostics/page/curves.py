"""The charts of a history: what was measured, beside what it is to be compared with."""

import math
from collections.abc import Callable, Mapping
from statistics import median

from diagnostics import words
from diagnostics.history import Facts, History
from diagnostics.outcome import baseline
from diagnostics.page import depth, layers
from diagnostics.page.axis import Axis, bulk, usable
from diagnostics.page.chart import Chart, Level, Line, Point
from diagnostics.page.lines import (
    PERCENT,
    beyond,
    ends,
    epochs_axis,
    first_value,
    in_percent,
    points,
    sentences,
    values,
)
from diagnostics.progress import BINARY, SOFTMAX, floor_loss

SPAN = 100.0  # a loss that falls or grows this far is read on a log axis
FALL = 10.0  # an lr that is mostly this far below its highest, too
LEAST = 10.0  # percent points that the accuracy's axis covers at least
ROOM = 1.06  # room above the highest value, as a factor
NAMED = 1.12  # the same where a name stands above it
FAR = 1e3  # × the loss to compare with: what the twenty rows show at most
COURSES = {  # of the two-optimizer probe (diagnostics.probes.tiny), by the names of their signals
    "own": "own",
    "reference": "Adam",
    "lower": "lr / 10",
    "higher": "lr × 10",
}


def charts(history: History) -> list[Chart]:
    """Those that have something to show, the most telling first; before training by layer."""
    if history.epochs == 0:
        rows = twenty_rows(history)
        return [*([rows] if rows else []), *depth.charts(history)]
    makers: tuple[Callable[[History], Chart | None], ...] = (
        loss,
        accuracy,
        learning_rate,
        layers.update_ratio,
        layers.gradient_norm,
        layers.dead_units,
        twenty_rows,
    )
    return [chart for make in makers if (chart := make(history)) is not None]


def loss(history: History) -> Chart | None:
    """Training and validation beside the baseline and the floor, as far as they are known."""
    lines = _scalars(history, {"training": "train_loss", "validation": "val_loss"})
    if not lines:
        return None
    begun = first_value(history, "initial_loss")
    if math.isfinite(begun):
        lines.append(Line("before training", ((0.0, begun),), 0, unnamed=True))
    levels = _loss_levels(history)
    up = _of_losses(values(lines), [begun, *(level.value for level in levels)])
    said = [line for line in lines if not line.unnamed]
    unit = ", nat" if history.facts.loss in (*SOFTMAX, *BINARY) and history.facts.loss else ""
    return Chart(
        title="Loss: does it go down, and does validation follow?",
        caption=sentences(ends(said, words.loss), beyond(up, lines, words.loss)),
        x="Epoch",
        y=f"Loss{unit}{', log scale' if up.log else ''}",
        across=epochs_axis(history),
        up=up,
        lines=tuple(lines),
        write=words.loss,
        levels=levels,
        moment=_broken(history),
    )


def accuracy(history: History) -> Chart | None:
    """In percent."""
    found = {"training": "train_accuracy", "validation": "val_accuracy"}
    lines = _scalars(history, found, PERCENT)
    limits = bulk(values(lines))
    if limits is None:
        return None
    missing = max(0.0, LEAST - (limits[1] - limits[0])) / 2
    up = Axis(limits[0] - missing, limits[1] + missing)
    return Chart(
        title="Accuracy: how well does it classify?",
        caption=sentences(ends(lines, in_percent), beyond(up, lines, in_percent)),
        x="Epoch",
        y="Accuracy, %",
        across=epochs_axis(history),
        up=up,
        lines=tuple(lines),
        write=in_percent,
    )


def learning_rate(history: History) -> Chart | None:
    """What the schedule made of it."""
    lines = _scalars(history, {"lr": "lr"})
    rates = [rate for rate in values(lines) if math.isfinite(rate)]
    if not rates:
        return None
    log = min(rates) > 0 and max(rates) / median(rates) >= FALL
    limits = bulk(rates, log=log) if log else None
    up = Axis(*limits, log=True) if limits else Axis(min(0.0, *rates), ROOM * max(rates) or 1.0)
    first, last = words.setting(rates[0]), words.setting(rates[-1])
    said = f"{first} throughout." if len(set(rates)) == 1 else f"From {first} to {last}."
    return Chart(
        title="Learning rate: what the schedule did",
        caption=sentences(said, beyond(up, lines, words.setting)),
        x="Epoch",
        y="lr, log scale" if log else "lr",
        across=epochs_axis(history),
        up=up,
        lines=tuple(lines),
        write=words.setting,
    )


def twenty_rows(history: History) -> Chart | None:
    """The courses of the two-optimizer probe, each over its own steps."""
    lines = [
        Line(name, course, tone)
        for tone, (key, name) in enumerate(COURSES.items())
        if (course := _course(history, key))
    ]
    if not any(map(math.isfinite, values(lines))):
        return None
    known = first_value(history, "tiny_baseline")
    named = Level(known, f"without inputs = {words.loss(known)}")
    levels = (named,) if math.isfinite(known) else ()
    highest = FAR * known if known > 0 else math.inf
    shown = [min(value, highest) for value in values(lines)]
    up = _of_losses(shown, [level.value for level in levels])
    longest = max(x for line in lines for x, _ in line.points)
    return Chart(
        title="Twenty rows: can they be learned by heart?",
        caption=sentences(
            "Easy for a sound model: with the run's own optimizer and lr, with Adam beside it, and "
            "where the own one fails with another lr.",
            beyond(up, lines, words.loss),
        ),
        x="Step",
        y=f"Loss{', log scale' if up.log else ''}",
        across=Axis(-0.02 * longest - 0.1, 1.02 * longest + 0.1, whole=True),
        up=up,
        lines=tuple(lines),
        write=words.loss,
        levels=levels,
    )


def _course(history: History, key: str) -> tuple[Point, ...]:
    """(step, loss): few of the losses are kept, at an even pace."""
    losses = history.steps(f"tiny_{key}_loss")
    steps = first_value(history, f"tiny_{key}_steps")
    last = max(1, len(losses) - 1)
    pace = steps / last if steps > 0 else 1.0
    return tuple((number * pace, usable(each)) for number, each in enumerate(losses))


def _scalars(history: History, names: Mapping[str, str], times: float = 1.0) -> list[Line]:
    """Those that were measured after training began."""
    lines = [
        Line(name, points(history.series(signal).since(1), times), tone, unnamed=len(names) == 1)
        for tone, (name, signal) in enumerate(names.items())
    ]
    return [line for line in lines if line.last is not None]


def _of_losses(found: list[float], compared: list[float]) -> Axis:
    """From 0, so that what hardly moves looks so; log where they span much.

    What they are `compared` with is on it, even where it is far from the bulk.
    """
    marked = [value for value in compared if math.isfinite(value)]
    known = [value for value in (*found, *marked) if math.isfinite(value)]
    log = min(known) > 0 and max(known) / min(known) >= SPAN
    low, high = bulk(known, log=log) or (0.0, 1.0)
    low, high = min([low, *marked]), max([high, *(NAMED * value for value in marked)])
    return Axis(0.0 if not log and min(known) >= 0 else low, high, log=log)


def _loss_levels(history: History) -> tuple[Level, ...]:
    known, floor = usable(baseline(history)), floor_loss(history.facts)
    found = [
        Level(known, _baseline_name(known, history.facts)),
        Level(floor, f"smallest there is = {words.loss(floor)}", left=True),
    ]
    return tuple(level for level in found if level.value > 0)


def _baseline_name(value: float, facts: Facts) -> str:
    """log C where the classes are as good as equal, else what it is."""
    expected = math.log(facts.classes) if facts.classes and facts.classes > 1 else math.inf
    if math.isclose(value, expected, rel_tol=1e-3):
        return f"log {facts.classes} = {words.number(expected, 4)}"
    return f"without inputs = {words.number(value, 4)}"


def _broken(history: History) -> tuple[float, str] | None:
    """The first epoch whose loss is not finite."""
    found = points(history.series("train_loss").since(1))
    first = next((epoch for epoch, value in found if not math.isfinite(value)), None)
    return None if first is None else (first, "diverged")
