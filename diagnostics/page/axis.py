"""An axis of a chart: what it covers, where values lie on it, which ticks it has."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from diagnostics.words import number, setting

TICKS = 5  # at most
OUTLIER = 4.0  # spreads beyond the bulk, after which a value does not stretch the axis
HEAD = 0.06  # of an axis left free at either end
HUGE = 1e100  # beyond it a number is as good as not finite
ROUNDING = 1e-9


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, above 0 where it is `log`. `whole`: its ticks are whole numbers.

    No log axis has a zero: where there are some, `zero`, its low end stands for them.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False
    zero: bool = False

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high one, beyond for what lies beyond."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return 0.0
        low, high = math.log10(self.low), math.log10(self.high)
        return (math.log10(value) - low) / (high - low)

    def ticks(self) -> list[tuple[float, str]]:
        """(value, as it is written), ascending."""
        low = 10 * self.low if self.zero else self.low
        zero = [(0.0, "0")] if self.zero else []
        if self.log and len(found := _of_decades(low, self.high)) > 1:
            return [*zero, *((value, setting(value)) for value in found)]
        step = _step(self.high - low, self.whole)
        first = math.ceil(low / step - ROUNDING)
        last = math.floor(self.high / step + ROUNDING)
        return [*zero, *((n * step, _written(n * step, step)) for n in range(first, last + 1))]

    def beyond(self, values: Iterable[float]) -> list[float]:
        """The finite values that it does not show; zero on a log axis is shown at its low end."""
        finite = filter(math.isfinite, values)
        return [v for v in finite if not -ROUNDING <= self.place(v) <= 1 + ROUNDING]


def usable(value: float | None) -> float:
    """The number, nan where it is not finite or as good as that."""
    return value if value is not None and abs(value) <= HUGE else math.nan


def bulk(values: Iterable[float], *, log: bool = False) -> tuple[float, float] | None:
    """Limits that hold the bulk of the finite values; single outliers do not stretch them.

    The bulk lies within `OUTLIER` times the spread between the 10th and 90th percentile of it, and
    on a log axis within a power of ten in any case.
    None where there is no value to show.
    """
    shown = [v for v in values if math.isfinite(v) and (not log or v >= 1 / HUGE)]
    found = sorted(math.log10(v) if log else v for v in shown)
    if not found:
        return None
    tenth, ninetieth = found[len(found) // 10], found[(9 * len(found) - 1) // 10]
    reach = max(OUTLIER * (ninetieth - tenth), 1.0 if log else 0.0)
    if reach > 0:
        found = [v for v in found if tenth - reach <= v <= ninetieth + reach]
    low, high = found[0], found[-1]
    margin = max(HEAD * (high - low), HEAD if log else 0.0) or HEAD * abs(high) or 1.0
    return (10 ** (low - margin), 10 ** (high + margin)) if log else (low - margin, high + margin)


def log_axis(values: Iterable[float], *, least: tuple[float, float] | None = None) -> Axis:
    """For the bulk of the values and, in any case, `least`; with a place for zeros among them."""
    found = list(values)
    low, high = bulk(found, log=True) or least or (0.1, 1.0)
    if least is not None:
        low, high = min(low, least[0]), max(high, least[1])
    zero = any(value == 0 for value in found)
    return Axis(low / 100 if zero else low, high, log=True, zero=zero)


def _of_decades(low: float, high: float) -> list[float]:
    """Powers of ten, some left out where they are many, 2 and 5 between them where they are few."""
    first = math.ceil(math.log10(low) - ROUNDING)
    last = math.floor(math.log10(high) + ROUNDING)
    if last - first >= 2:
        pace = -(-(last - first + 1) // TICKS)
        return [10.0**power for power in range(first, last + 1) if power % pace == 0]
    some = [times * 10.0**power for power in range(first - 1, last + 1) for times in (1, 2, 5)]
    return [value for value in some if low <= value <= high]


def _step(span: float, whole: bool) -> float:
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(times * power for times in (1, 2, 5, 10) if TICKS * times * power >= span)
    return max(1.0, step) if whole else step


def _written(value: float, step: float) -> str:
    """With as many digits as tell two ticks apart."""
    if abs(value) < step / 2:
        return "0"
    digits = math.floor(math.log10(abs(value)) + ROUNDING) - math.floor(math.log10(step) + ROUNDING)
    return number(value, max(1, digits + 1))
