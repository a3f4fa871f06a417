"""Whether the training loss has left the range where learning is possible."""

import math
from dataclasses import dataclass

from diagnostics import words
from diagnostics.check import Finding, QuickCheck
from diagnostics.curves import Curve, loss_levels
from diagnostics.history import History
from diagnostics.learning_rate import HIGH, is_huge, largest_ratio, lower_lr, lr_named, lr_of
from diagnostics.progress import ceiling_loss, uninformed_loss
from diagnostics.verdict import Remedy, Severity

USUAL_PACE = (
    " The layers moved at a usual pace, so look also for a wrong sign of the loss, a missing "
    "zero_grad() and inputs of large scale."
)
RECOVERING = 0.5  # the loss halves from one epoch to the next: it may come back by itself


@dataclass(frozen=True, kw_only=True)
class Diverging(QuickCheck):
    """Ends a run whose training loss grows far above where it began.

    *Sees*
        The training loss of each epoch, beside the larger of the loss before training and the
        loss of a model that knows nothing (log C). Where there is a validation loss, the smaller
        of both counts: a short burst inside an epoch lifts only the training mean.

    *Why it matters*
        A model far worse than an untrained one has been thrown into a place it seldom returns
        from: the units are dead or saturated, and the remaining epochs are wasted.

    *When it is wrong*
        A spike in the first epoch can pass, so one epoch is judged only where the loss is beyond
        all hope (`hopeless` times), and a loss that halves each epoch is left alone. Overfitting
        is not divergence: a validation loss that rises while the training loss falls is not seen
        here.

    *What to do*
        Lower lr, or warm it up. If the layers move at a usual pace nevertheless, look for a wrong
        sign of the loss or a missing `zero_grad()`.

    *Sources*
        CS231n, "Babysitting the learning process" (loss curves by learning rate). Goyal et al.
        2017, §2.2 (warm-up). The factors are ours, from SGD on digits at lr 1 to 1000.
    """

    hopeless: float = 30.0  # × the loss of an untrained model in one epoch: fatal
    far: float = 3.0  # × in two epochs running: fatal
    worse: float = 1.2  # × in two epochs running: a warning
    risen: float = 0.25  # rise above the best epoch, × the untrained loss, two epochs: a warning

    def __post_init__(self) -> None:
        if not 1 <= self.worse <= self.far <= self.hopeless < math.inf:
            raise ValueError(
                "worse, far and hopeless must ascend from 1 or more; "
                f"they are {self.worse}, {self.far}, {self.hopeless}"
            )
        if not self.risen > 0:
            raise ValueError(f"risen must be above 0; it is {self.risen}")

    def find(self, history: History) -> Finding:
        losses, ceiling = loss_levels(history), ceiling_loss(history)
        if not losses.values:
            return self.pass_over("No finite training loss was recorded.")
        if ceiling is None:
            reason = "Neither the loss before training nor the number of classes is known."
            return self.pass_over(reason)
        severity, summary = self._grade(history, losses, ceiling)
        bad = severity.rank >= Severity.WARNING.rank
        return self.finding(
            severity,
            summary,
            evidence=lambda: {
                "loss": losses.newest,
                "best_loss": losses.lowest,
                "best_epoch": losses.best,
                "untrained_loss": ceiling,
                "lr": lr_of(history),
                "largest_update_ratio": largest_ratio(history),
            },
            remedy=_advice(history) if bad else None,
            causes=_causes(history) if bad else {},
            epochs=(losses.first, losses.last),
        )

    def _grade(self, history: History, losses: Curve, ceiling: float) -> tuple[Severity, str]:
        much, rise = self.worse * ceiling, self.risen * ceiling
        if losses.newest <= min(much, losses.lowest + rise):
            return Severity.PASS, "The training loss does not run away."
        *before, now = losses.values.values()
        last = before[-1] if before else None
        is_high = f"The loss is {words.loss(now)} after epoch {losses.last}"
        untrained = f"where {_untrained(history)} has {words.loss(ceiling)}"
        blame = f"{lr_named(history)} is likely too high"
        if self._is_lost(now, last, ceiling):
            return Severity.FATAL, f"{is_high}, {untrained}: {blame}."
        least = -math.inf if last is None else min(now, last)
        if least > much:
            return Severity.WARNING, f"{is_high}, {untrained}: {blame}."
        earlier = min(before[:-1], default=math.inf)
        if least > earlier + rise:
            came = f"it had been down to {words.loss(earlier)}"
            return Severity.WARNING, f"{is_high}, and {came}: {blame}."
        return Severity.NOTE, f"{is_high}; one epoch alone says little."

    def _is_lost(self, now: float, last: float | None, ceiling: float) -> bool:
        if now > self.hopeless * ceiling:
            return True
        stays = last is not None and now > RECOVERING * last
        return stays and min(now, last or now) > self.far * ceiling


def _untrained(history: History) -> str:
    known = uninformed_loss(history.facts) == ceiling_loss(history)
    return "a model that knows nothing" if known else "the untrained model"


def _advice(history: History) -> Remedy:
    lr, ratio = lower_lr(history), largest_ratio(history)
    explained = ratio is None or ratio > HIGH or is_huge(history)
    usual = "" if explained else USUAL_PACE
    if lr is None:
        return Remedy(f"Divide the learning rate by ten, or warm it up.{usual}")
    text = f"Lower lr (try {words.setting(lr)}), or warm it up.{usual}"
    return Remedy(text, {"optimizer.lr": lr})


def _causes(history: History) -> dict[str, float]:
    """An lr that threw the layers about, or no more than that the loss grows."""
    thrown = (largest_ratio(history) or 0.0) > HIGH or is_huge(history)
    return {"loss_diverging": 0.45} | ({"lr_too_high": 0.5} if thrown else {})
