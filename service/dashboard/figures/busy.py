"""What the workers' time went into: a row for each worker, and how many slots trained when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from service.dashboard import words
from service.dashboard.figures import drawing
from service.dashboard.figures.scene import Span

ROWS = 12  # workers with a row of their own, or one fewer and a row for the others
STEPS = 200  # of time in a row
STEPS_OF_MANY = 100  # the same where there are more than FEW rows
FEW = 6
UNITS = ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))


@dataclass(frozen=True)
class Gave:
    """What slot time became; `states` are those of ended attempts' trials."""

    name: str
    colour: str
    states: tuple[str, ...] = ()


LOST = Gave("lost", "#e69f00")
RUNNING = Gave("running", "#a6d8f5")
REST = Gave("other", "#b9bec4")
KINDS = (
    Gave("complete", drawing.SERIES[0], ("complete",)),
    RUNNING,
    Gave("pruned", "#8f959d", ("pruned",)),
    Gave("infeasible", drawing.FATAL, ("infeasible",)),
    LOST,
    REST,
)


@dataclass(frozen=True)
class Busy:
    """A span with its end: `gave` is what came of it, times in s since the study was submitted."""

    span: Span
    start: float
    end: float
    gave: Gave


@dataclass(frozen=True)
class Row:
    """A worker, or the rest of them; `slots` is the most they held at once."""

    name: str
    slots: int
    busy: tuple[Busy, ...]


@dataclass(frozen=True)
class Clock:
    """Steps of time; `unit` is how many s the axis counts in."""

    edges: Any  # [steps + 1], s
    unit: float
    name: str

    @property
    def step(self) -> float:
        """Length of a step, s."""
        return float(self.edges[1] - self.edges[0])


def busy_of(span: Span, now: float) -> Busy:
    """What came of it until `now`, in s since the study was submitted, where it runs."""
    end = max(now if span.end is None else span.end, span.start)
    return Busy(span, span.start, end, _gave(span))


def _gave(span: Span) -> Gave:
    if span.end is None:
        return RUNNING
    if span.state == "lost":
        return LOST
    found = (gave for gave in KINDS if span.point.state in gave.states)
    return next(found, REST) if span.state == "ended" else REST


def rows_of(busy: Iterable[Busy]) -> list[Row]:
    """The workers in the order of their names; of too many, those with the most slot time."""
    ordered = sorted(busy, key=worker_of)  # stable: by time within
    workers = {name: tuple(its) for name, its in groupby(ordered, key=worker_of)}
    most = ROWS if len(workers) <= ROWS else ROWS - 1
    own = set(sorted(workers, key=lambda name: -time_of(workers[name]))[:most])
    rows = [Row(name, _slots(its), its) for name, its in workers.items() if name in own]
    others = [its for name, its in workers.items() if name not in own]
    if others:
        name = f"{words.count(len(others))} more"
        rows.append(Row(name, sum(map(_slots, others)), tuple(b for its in others for b in its)))
    return rows


def worker_of(busy: Busy) -> str:
    """The worker's name."""
    return busy.span.worker


def time_of(busy: Iterable[Busy]) -> float:
    """Slot time, s."""
    return sum(each.end - each.start for each in busy)


def _slots(busy: Iterable[Busy]) -> int:
    return max(each.span.slots for each in busy)


def clock_of(busy: Sequence[Busy], rows: int) -> Clock:
    """From the first start to the last end; coarser where there are many rows."""
    first, last = min(b.start for b in busy), max(b.end for b in busy)
    last = max(last, first + 1.0)
    unit, name = next((u for u in UNITS if last - first >= 2 * u[0]), (1.0, "seconds"))
    steps = STEPS if rows <= FEW else STEPS_OF_MANY
    return Clock(np.linspace(first, last, steps + 1), unit, name)


def occupied(busy: Sequence[Busy], clock: Clock) -> Any:
    """Slots that trained, on average over each step: [steps].

    The slot time until t is Σ over begun (t - start) less Σ over ended (t - end).
    """
    until = np.zeros(len(clock.edges))
    for sign, times in ((1.0, [b.start for b in busy]), (-1.0, [b.end for b in busy])):
        ordered = np.sort(np.array(times))
        summed = np.concatenate(([0.0], np.cumsum(ordered)))
        count = np.searchsorted(ordered, clock.edges, side="right")
        until += sign * (count * clock.edges - summed[count])
    return np.maximum(np.diff(until), 0.0) / clock.step


def held(busy: Sequence[Busy]) -> float:
    """A worker's slots times the s in which it trained at least one trial."""
    seconds, until = 0.0, -np.inf
    for each in sorted(busy, key=lambda b: b.start):
        seconds += max(each.end - max(each.start, until), 0.0)
        until = max(until, each.end)
    return _slots(busy) * seconds
