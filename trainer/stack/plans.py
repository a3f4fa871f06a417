"""Which way of training is fastest, out of what probing has measured: arithmetic, no torch.

The time of a step is taken to be t = a + b·K for K trials: `a` is what a stack costs however narrow
it is, `b` what each trial adds. Trials get through at K / t, so that a stack gains until a ≪ b·K.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from pydantic import TypeAdapter
from scipy.optimize import isotonic_regression, nnls

PLAIN = "plain"  # the single loop, beside the names of trainer.stack.engines
NEAR = 0.9  # of the best throughput is enough: the narrower stack holds less memory
WORTH = 1.03  # times the plain loop's throughput; less is within the error of measuring


@dataclass(frozen=True)
class Timing:
    """What a step of `width` trials took at once, with its share of the epoch's evaluation."""

    engine: str
    width: int
    seconds_per_step: float

    @property
    def rate(self) -> float:
        """Trials' steps a second."""
        return self.width / self.seconds_per_step


class Line(NamedTuple):
    """A step takes a + b·K seconds."""

    a: float
    b: float

    def seconds(self, width: int) -> float:
        """Of a step."""
        return self.a + self.b * width

    def rate(self, width: int) -> float:
        """As `Timing.rate`."""
        return width / self.seconds(width)


@dataclass(frozen=True)
class Plan:
    """How trials of one stack key are to be trained. `reason` is a sentence for people.

    `times_faster`: trials a second beside one by one; None where it was not measured. `fit`: engine
    → line. `bytes_per_trial`: memory that each further trial takes at most; None for `plain`.
    """

    engine: str
    width: int
    times_faster: float | None
    reason: str
    table: tuple[Timing, ...] = ()
    fit: dict[str, Line] = field(default_factory=dict)
    bytes_per_trial: int | None = None

    @classmethod
    def one_by_one(cls, reason: str) -> "Plan":
        """Where nothing was measured."""
        return cls(PLAIN, 1, None, reason)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, in the names of the fields."""
        rows = [asdict(row) for row in self.table]
        lines = {engine: line._asdict() for engine, line in self.fit.items()}
        return {**asdict(self), "table": rows, "fit": lines}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> "Plan":
        """The inverse of `to_dict`. Raises ValueError."""
        return PLANS.validate_python(found)


@dataclass(frozen=True)
class Measured:
    """What is known of one stack key on one device: what plans are chosen from.

    `table` has a row of `plain`, unless `refusal` says why its trials cannot be stacked. Wider
    stacks than `most` were not asked for; None: they would not have been worth it. `at_most`: the
    width that is left after memory has run out, 1 for none; None: it never has.
    """

    table: tuple[Timing, ...] = ()
    bytes_per_trial: dict[str, int] = field(default_factory=dict)
    refusal: str | None = None
    most: int | None = None
    at_most: int | None = None

    def suffices(self, most: int) -> bool:
        """Whether nothing need be measured to choose among stacks of so many trials."""
        return self.most is None or self.most >= most

    def narrowed(self, width: int) -> "Measured":
        """After memory ran out in a stack of more trials than `width`."""
        return replace(self, at_most=max(1, min(width, self.at_most or width)))


PLANS: TypeAdapter[Plan] = TypeAdapter(Plan)
MEASURED: TypeAdapter[Measured] = TypeAdapter(Measured)


def planned(measured: Measured, most: int, memory: float) -> Plan:
    """For at most so many trials at once, in so many bytes."""
    if measured.refusal is not None:
        return Plan.one_by_one(measured.refusal)
    most = min(most, measured.at_most or most)
    sizes = measured.bytes_per_trial
    engines = {row.engine for row in measured.table if row.engine != PLAIN}
    widest = {each: min(most, fitting(memory, sizes.get(each))) for each in engines}
    chosen, best = choose(measured.table, widest), fastest(measured.table, widest)
    plain = _plain(measured.table)
    return Plan(
        engine=chosen.engine,
        width=chosen.width,
        times_faster=chosen.rate / plain.rate,
        reason=_reason(measured, chosen, best, plain),
        table=measured.table,
        fit={each: fit(rows) for each, rows in _stacks(measured.table).items() if len(rows) > 1},
        bytes_per_trial=sizes.get(chosen.engine),
    )


def fit(rows: Sequence[Timing]) -> Line:
    """Least squares of the errors as shares of the times, as noise is one; no number below 0."""
    seconds = np.array([row.seconds_per_step for row in rows])
    widths = np.array([row.width for row in rows])
    (a, b), _ = nnls(np.stack([1 / seconds, widths / seconds], axis=1), np.ones(len(rows)))
    return Line(float(a), float(b))


def choose(table: Sequence[Timing], widest: Mapping[str, int]) -> Timing:
    """The narrowest stack with nearly the best throughput, or `plain` where none is worth it.

    `widest`: engine → how many trials it may stack. Widths between two that were measured count
    too, with times between theirs; none beyond.
    """
    plain, best = _plain(table), fastest(table, widest)
    if best is None or best.rate < WORTH * plain.rate:
        return plain
    enough = max(NEAR * best.rate, WORTH * plain.rate)
    own = (row for row in _candidates(table, widest) if row.engine == best.engine)
    return next(row for row in own if row.rate >= enough)


def fastest(table: Sequence[Timing], widest: Mapping[str, int]) -> Timing | None:
    """The stack with the best throughput; None where not even two trials may share one."""
    return max(_candidates(table, widest), key=lambda row: row.rate, default=None)


def wider(rows: Sequence[Timing], most: int, to_beat: float, affordable: float) -> int | None:
    """The width to measure after these, of one engine; None where it would not be worth it.

    `to_beat` is the best throughput of other ways. A step should take no more than `affordable`;
    where that leaves but one trial, two are measured all the same. `most` may be below 1.
    """
    last = rows[-1]
    following = min(4 * last.width, most)
    if following <= last.width:
        return None
    if len(rows) == 1:
        seconds = last.seconds_per_step * following / last.width
        return following if seconds <= affordable else min(following, 2)
    line = fit(rows)
    if NEAR * line.rate(most) <= last.rate or line.rate(most) < to_beat:
        return None
    return following if line.seconds(following) <= affordable else None


def fitting(memory: float, size: int | None) -> int:
    """How many trials of so many bytes; as many as there are where the size is not known."""
    return 2**31 if size is None else int(memory // max(1, size))


def _candidates(table: Sequence[Timing], widest: Mapping[str, int]) -> Iterator[Timing]:
    """Stacks that may be chosen, of each engine the narrowest first.

    A step of more trials is taken to be no shorter than one of fewer: where it was measured so,
    something else had the machine, and both get their mean.
    """
    for engine, rows in _stacks(table).items():
        ends = [row.width for row in rows]
        widths = range(max(2, ends[0]), min(ends[-1], widest.get(engine, 0)) + 1)
        rising = isotonic_regression([row.seconds_per_step for row in rows]).x
        seconds = np.interp(widths, ends, rising)
        yield from (Timing(engine, w, float(s)) for w, s in zip(widths, seconds, strict=True))


def _stacks(table: Sequence[Timing]) -> dict[str, list[Timing]]:
    """Engine → its rows by width."""
    found: dict[str, list[Timing]] = {}
    for row in sorted(table, key=lambda row: row.width):
        if row.engine != PLAIN:
            found.setdefault(row.engine, []).append(row)
    return found


def _plain(table: Sequence[Timing]) -> Timing:
    return next(row for row in table if row.engine == PLAIN)


def _reason(measured: Measured, chosen: Timing, best: Timing | None, plain: Timing) -> str:
    short = measured.at_most is not None
    if chosen.width > 1:
        times = _shown(chosen.rate / plain.rate)
        said = (
            f"up to {chosen.width} trials stacked: {times} times faster than one by one, measured"
        )
        return f"{said}; more ran out of memory" if short else said
    if best is not None:
        times = _shown(best.rate / plain.rate)
        return f"one by one: a stack of {best.width} is {times} times as fast"
    if short:
        return "one by one: a stack ran out of memory"
    return "one by one: there is no memory, or no leave, for two at once"


def _shown(times: float) -> str:
    """Two digits, more where it is hardly more than one."""
    return f"{times:.0f}" if times >= 9.95 else f"{times:.1f}" if times >= 1.1 else f"{times:.2f}"
