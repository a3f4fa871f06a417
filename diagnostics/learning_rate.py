"""The learning rate of a run, how it is named in a sentence, and which one to try instead.

Source of the band and the target: CS231n, "Ratio of weights:updates": about 1e-3; lower means the
learning rate may be too low, higher that it is likely too high.
"""

import math
from bisect import insort
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from diagnostics.curves import curve, finite_number
from diagnostics.ends import Ends
from diagnostics.history import History
from diagnostics.outcome import nearly_over
from diagnostics.progress import ceiling_loss
from diagnostics.reading import Reader, derived
from diagnostics.words import rounded, setting

LOW, TARGET, HIGH = 1e-4, 1e-3, 1e-2  # update ratio ‖Δw‖/‖w‖ of one step
BULK = 0.1  # share of the largest lr below which an epoch is warm-up or the tail of a decay
SPIKE = 2.0  # × the loss of an untrained model, of a single step
VIOLENT = 0.1  # update ratio of a step that leaves little of what initialisation made
ROUNDING = 1e-6  # an lr stepped down to 10 % is still of the bulk, whatever its last digits
HUGE_LR = 10.0  # no optimizer of ours trains at such an lr: it alone explains a blow-up
USUAL_LR = 0.1  # to try instead of a huge one; ours, from SGD with momentum on digits
ADAM_LR = 1e-3  # the same for Adam and its kin: Kingma & Ba 2015, algorithm 1
FROZEN = 3e-5  # update ratio of layers that hardly move: such a loss neither falls nor rises
STILL = 1e-3  # relative change of the loss that is none: batches differ by more
MOST = 100.0  # no suggestion goes further than this factor from the lr that was tried


def lr_of(history: History) -> float | None:
    """The lr of the recipe, else the largest that was used."""
    return history.facts.lr or max(curve(history, "lr").values.values(), default=None)


def lr_named(history: History) -> str:
    """`lr 0.031`, or `the learning rate` where it is not known."""
    lr = lr_of(history)
    return "the learning rate" if lr is None else f"lr {setting(lr)}"


@derived
def bulk_ratios(history: History) -> dict[str, float]:
    """Layer → median update ratio over the epochs whose lr is at least 10 % of the largest."""
    found = _pace(history).ratios
    middles = {layer: _middle(ratios) for layer, ratios in found.items() if ratios}
    return {layer: middle for layer, middle in middles.items() if math.isfinite(middle)}


def largest_ratio(history: History) -> float | None:
    """Over all layers and epochs: what the first, most violent steps were like."""
    return _pace(history).largest


def suggested_lr(lr: float | None, ratio: float) -> float | None:
    """The lr that would bring the ratio to 1e-3, within a factor of 100; None where unknown."""
    if lr is None or lr <= 0:
        return None
    factor = TARGET / ratio if ratio > 0 else MOST
    return rounded(lr * min(max(factor, 1 / MOST), MOST))


def lower_lr(history: History, factor: float = 10.0) -> float | None:
    """A lower one after a blow-up: by the ratio where that was above the target, at least ÷ factor.

    From a huge lr at most to a usual one: a tenth of 1e30 would help nobody.
    """
    lr, ratio = lr_of(history), largest_ratio(history)
    if lr is None:
        return None
    by_ratio = suggested_lr(lr, ratio) if ratio else None
    divided = rounded(lr / factor)
    return within_usual(history, divided if by_ratio is None else min(by_ratio, divided))


def is_huge(history: History) -> bool:
    """Whether lr is so large that nothing else need be blamed."""
    return (lr_of(history) or 0.0) >= HUGE_LR


def within_usual(history: History, lr: float) -> float:
    """The lr to suggest, but no more than a usual one where the run's own was huge."""
    if not is_huge(history):
        return lr
    return min(lr, usual_lr(history.facts.optimizer))


def usual_lr(optimizer: str | None) -> float:
    """One that often works with an optimizer of that name."""
    return ADAM_LR if "adam" in (optimizer or "").lower() else USUAL_LR


@derived
def thrown_off(history: History) -> bool:
    """Whether a violent step came first: what hardly moves afterwards was broken by a high lr.

    A step's loss at twice an untrained model's, or an update of a tenth of a layer's weights.
    """
    return spiked(history) or (largest_ratio(history) or 0.0) > VIOLENT


def spiked(history: History) -> bool:
    """Whether the loss of any step was twice that of an untrained model."""
    ceiling = ceiling_loss(history)
    peaks = curve(history, "loss_max").values.values()
    return ceiling is not None and max(peaks, default=0.0) > SPIKE * ceiling


def bulk_epochs(history: History) -> list[int]:
    """The trained epochs whose lr is at least 10 % of the largest; all where lr is unknown."""
    return _pace(history).epochs


def bulk_paces(history: History) -> Ends:
    """Each layer's update ratio per unit of lr in these epochs, where lr is known."""
    return _pace(history).paces


class Pace(Reader):
    """`epochs` are the bulk of a run, `ratios` each layer's finite ones over them, ascending.

    `lr` is the recipe's: the largest there is, unless a larger one is used.
    """

    def __init__(self, lr: float) -> None:
        self.largest: float | None = None
        self._peak = lr
        self._seen: list[_Moved] = []
        self._open({})

    def _open(self, ratios: Mapping[str, list[float]]) -> None:
        self.epochs: list[int] = []
        self.paces = Ends()
        self.ratios: dict[str, list[float]] = {layer: [] for layer in ratios}

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        measured = row.get("update_ratio")
        ratios: dict[str, float] = {}
        for layer, value in measured.items() if isinstance(measured, dict) else ():
            self.ratios.setdefault(layer, [])
            ratio = ratios[layer] = math.nan if value is None else float(value)
            if math.isfinite(ratio):
                self.largest = ratio if self.largest is None else max(ratio, self.largest)
        if epoch > 0:
            self._see_trained(_Moved(epoch, finite_number(row.get("lr")), ratios))

    def _see_trained(self, moved: "_Moved") -> None:
        self._seen.append(moved)
        if moved.lr is None or moved.lr <= self._peak:
            self._add(moved)
            return
        self._peak = moved.lr
        self._open(self.ratios)
        for each in self._seen:
            self._add(each)

    def _add(self, moved: "_Moved") -> None:
        """Where it is of the bulk, as far as is known yet."""
        lr = self._peak if moved.lr is None else moved.lr
        if lr < BULK * self._peak * (1 - ROUNDING):
            return
        self.epochs.append(moved.epoch)
        for layer, ratio in moved.ratios.items():
            if math.isfinite(ratio):
                insort(self.ratios[layer], ratio)
            if moved.lr is not None and moved.lr > 0:
                self.paces.add(layer, ratio / moved.lr)


class _Moved(NamedTuple):
    """What an epoch of training did to the layers; a ratio is nan where it was not finite."""

    epoch: int
    lr: float | None
    ratios: dict[str, float]


def _pace(history: History) -> Pace:
    found = history.reader(Pace, history.facts.lr or 0.0)
    if not found.epochs and nearly_over(history):  # it never came to the recipe's lr
        return history.reader(Pace, 0.0)
    return found


def fell(history: History) -> bool:
    """Whether the training loss went down; or stands still, for layers that hardly move at all."""
    losses = curve(history, "train_loss")
    if not losses.values:
        return False
    first = losses.values[losses.first]
    frozen = max(bulk_ratios(history).values(), default=math.inf) < FROZEN
    return losses.newest < first + (STILL * abs(first) if frozen else 0.0)


def came_to_lr(history: History) -> bool:
    """Whether the run used the lr of its recipe, or nearly."""
    rates = curve(history, "lr").values.values()
    return history.facts.lr is None or max(rates, default=math.inf) > BULK * history.facts.lr


def _middle(ascending: Sequence[float]) -> float:
    half = len(ascending) // 2
    odd = len(ascending) % 2
    return ascending[half] if odd else (ascending[half - 1] + ascending[half]) / 2
