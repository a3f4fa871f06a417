"""What a short training at lr × 0.3, × 1 and × 3 tells of a loss that stands still.

It is judged by how far the parts of the measured rows fell, and by how much they differ in that:
where labels are noise, some fall and some rise.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, stdev
from typing import Any

from diagnostics.curves import curve, finite_number
from diagnostics.history import History
from diagnostics.outcome import SIGNIFICANT, measured, reached
from diagnostics.reading import Reader, derived

TRIED = ("lower", "same", "higher")
SURE = 4.0  # standard errors: of 8 parts one in 400 by chance; too low an lr gave 8 to 30 on digits
LEAST = 1e-5  # of the loss: less is rounding in 32 bits
STANDS = 0.05  # share of the loss: a run that creeps loses less in 30 steps (plateau's `slow`)
FASTER = 1.5  # × the fall at the run's own lr; where lr is far too low it is 3
OTHER_LR = 2.0  # by which lr may have changed since
LOST = 1e6  # × the loss before: as good as not finite
HUGE = 1e100  # the same of a loss
NEAR = 0.8  # of what simple predictors learn from the inputs: what is left may be noise


class Answer(StrEnum):
    """What the loss does at another lr."""

    HIGHER = "higher"  # falls clearly faster at × 3
    LOWER = "lower"  # falls at × 0.3 and not at × 1
    NEITHER = "neither"  # falls at none of the three, and is not spoilt by them either
    SAME = "same"  # falls at the run's own lr, though the run stands still
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class LrTest:
    """The newest one; `falls` are shares of the loss before it, nan where a course was lost."""

    epoch: int
    answer: Answer
    falls: dict[str, float]


@derived
def lr_test(history: History) -> LrTest | None:
    """None where none was made, or lr is not what it was then."""
    made = history.reader(Newest)
    rates = curve(history, "lr")
    then, now = rates.values.get(made.epoch), rates.newest
    if made.test is None:
        return None
    if then is not None and not then / OTHER_LR <= now <= then * OTHER_LR:
        return None
    return made.test


def answered(history: History, since: int = 0) -> Answer | None:
    """What it says, where it was made in that epoch or later."""
    test = lr_test(history)
    return None if test is None or test.epoch < since else test.answer


def near_possible(history: History) -> bool:
    """Whether the run has learned most of what simple predictors find in the inputs."""
    share, sure = measured(history, "predictability"), measured(history, "predictability_z")
    did = reached(history)
    if share is None or sure is None or did is None or sure < SIGNIFICANT:
        return False
    return did >= NEAR * share > 0


class Newest(Reader):
    """The newest `test`, and its `epoch`."""

    def __init__(self) -> None:
        self.epoch = 0
        self.test: LrTest | None = None

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        before = _parts(row.get("lr_test_before"))
        tried = {name: row.get(f"lr_test_{name}") for name in TRIED}
        size = abs(fmean(before)) if before else 0.0
        if len(before) < 2 or size == 0 or not all(isinstance(v, list) for v in tried.values()):
            return
        falls = {name: _falls(before, _parts(value), size) for name, value in tried.items()}
        means = {name: fmean(found) if found else math.nan for name, found in falls.items()}
        self.epoch = epoch
        self.test = LrTest(epoch, _answer(falls, means), means)


def _falls(before: Sequence[float], after: Sequence[float], size: float) -> list[float]:
    """Shares of `size`, part by part; none where the loss was lost."""
    if len(after) != len(before):
        return []
    found = [(b - a) / size for b, a in zip(before, after, strict=True)]
    return found if all(abs(fall) < LOST for fall in found) else []


def _answer(falls: Mapping[str, Sequence[float]], means: Mapping[str, float]) -> Answer:
    clear = {name: _is_sure(falls[name]) for name in TRIED}
    much = not means["higher"] < FASTER * means["same"]
    if clear["same"] and means["same"] > STANDS:
        return Answer.SAME
    if clear["higher"] and much and _ahead(falls, "higher"):
        return Answer.HIGHER
    if clear["lower"] and not clear["same"] and not clear["higher"] and _ahead(falls, "lower"):
        return Answer.LOWER
    spoilt = any(not falls[name] for name in TRIED) or means["lower"] < -STANDS
    return Answer.UNCLEAR if spoilt or any(clear.values()) else Answer.NEITHER


def _ahead(falls: Mapping[str, Sequence[float]], name: str) -> bool:
    """Further than at the run's own lr, part by part; a lower one also where that lost it."""
    if not falls["same"]:
        return name == "lower"
    return _is_sure([a - b for a, b in zip(falls[name], falls["same"], strict=True)])


def _is_sure(falls: Sequence[float]) -> bool:
    """Above 0 by `SURE` standard errors, and by more than rounding."""
    if not falls:
        return False
    mean = fmean(falls)
    return mean > LEAST and mean >= SURE * stdev(falls) / math.sqrt(len(falls))


def _parts(value: Any) -> list[float]:
    """The losses, none where one of them is not finite."""
    numbers = [finite_number(each) for each in value] if isinstance(value, list) else []
    found = [number for number in numbers if number is not None and abs(number) < HUGE]
    return found if len(found) == len(numbers) else []
