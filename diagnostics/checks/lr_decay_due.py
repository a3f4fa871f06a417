"""Whether the learning rate should fall now: the weights move on, and the loss does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.learning_rate import LOW, bulk_ratios, lr_named
from diagnostics.outcome import baseline
from diagnostics.progress import floor_loss
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

COSINE = {"schedule": {"name": "cosine"}}
STEADY = 0.01  # relative change of lr that is none


@dataclass(frozen=True, kw_only=True)
class LrDecayDue(Weighed):
    """Finds the cloud of noise around a minimum, in which steps of a constant size end.

    *Sees*
        The training loss of the last quarter of the epochs, while lr stayed the same: whether it
        goes up about as often as down, and whether the layers move all the while.

    *Why it matters*
        At a constant lr the weights end in a cloud around the minimum, whose size grows with lr
        and shrinks with the batch. More epochs at this lr only stir it; a smaller one settles it,
        which is why the loss often drops by a step as soon as lr does.

    *When it is wrong*
        A loss that has come as low as the noise of the labels lets it looks the same, and a
        smaller lr gains little then. So this is never more than a note.

    *What to do*
        Let lr fall: by ten at such a plateau, or along a cosine from the beginning.

    *Sources*
        He et al. 2016, §3.4 (lr is divided when the error plateaus); Bottou, Curtis & Nocedal
        2018, theorem 4.6 (the distance that a constant step leaves). The shares are ours.
    """

    window: float = 0.25  # share of the epochs so far
    fewest: int = 5  # epochs in it
    rises: float = 0.3  # share of the steps between them that go up
    left: float = 0.1  # share of the baseline that is still to be gained

    def __post_init__(self) -> None:
        for field in ("window", "rises", "left"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")
        if not self.fewest >= 3:
            raise ValueError(f"fewest must be at least 3; it is {self.fewest}")

    def judge(self, history: History) -> Verdict:
        losses, base = curve(history, "train_loss"), baseline(history)
        width = max(self.fewest, round(self.window * len(losses.values)))
        if base is None or len(losses.values) <= width:
            return self.skip(f"Judged after {self.fewest + 1} epochs, where the baseline is known.")
        since = list(losses.values)[-width]
        last = [loss for epoch, loss in losses.values.items() if epoch >= since]
        ups = sum(b > a for a, b in pairwise(last)) / (width - 1)
        found = {"since": since, "rises": ups, "lowest": min(last), "highest": max(last)}
        stirred = ups >= self.rises and last[-1] - floor_loss(history.facts) > self.left * base
        if not (stirred and _stands(last) and _at_one_lr(history, since) and _moves(history)):
            return self.fine(history, "The loss is not held up by the size of the steps.", **found)
        lr = words.sentence(lr_named(history))
        summary = (
            f"{lr} is due to fall: since epoch {since} the training loss goes up and down between "
            f"{words.loss(min(last))} and {words.loss(max(last))} while the weights still move."
        )
        patch = COSINE if history.facts.schedule == "constant" else {}
        remedy = Remedy("Let lr fall now, by ten, or along a cosine from the start.", patch)
        return self.note(history, summary, remedy, **found)


def _stands(last: Sequence[float]) -> bool:
    """The second half is, in the mean, within the range that the first half had."""
    half = len(last) // 2
    first, second = last[:half], last[half:]
    return sum(second) / len(second) >= min(first)


def _at_one_lr(history: History, since: int) -> bool:
    rates = [lr for epoch, lr in curve(history, "lr").values.items() if epoch >= since]
    top = max(curve(history, "lr").values.values(), default=0.0)
    return bool(rates) and top > 0 and min(rates) >= (1 - STEADY) * top


def _moves(history: History) -> bool:
    return max(bulk_ratios(history).values(), default=0.0) >= LOW
