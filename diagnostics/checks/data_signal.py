"""Whether the inputs say anything about the targets."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import Harm, baseline, best_gain, by_layer, harm, measured, nearly_over
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed

HARDLY = 0.9  # × the baseline
LOOK = Remedy(
    "Look at some rows by hand: do inputs and labels belong together? Were both sorted or shuffled "
    "alike, and is what decides the target among the inputs at all?"
)


@dataclass(frozen=True, kw_only=True)
class DataSignal(Weighed):
    """Asks predictors that cannot fail to train whether there is anything to be learned.

    *Sees*
        Ridge regression, random features and nearest neighbours, cross-validated on a sample,
        beside chance.

    *Why it matters*
        Where the labels were shuffled apart from their inputs, no model can do better than chance
        on new data, and every hour of tuning is lost.

    *When it is wrong*
        What only a deep network can see (objects in photographs, meaning in text) these predictors
        miss: it is a warning only where the run fails as well.

    *What to do*
        Look at the data row by row.

    *Sources*
        Hastie, Tibshirani & Friedman 2009, §7.10; Zhang et al. 2017, "Understanding deep learning
        requires rethinking generalization" (networks learn random labels by heart).
    """

    sure: float = 2.5  # standard errors above chance below which nothing is seen
    rows: int = 40  # fewer are not judged
    lopsided: float = 0.9  # share of a class above which it is not judged

    def __post_init__(self) -> None:
        if not self.sure > 0:
            raise ValueError(f"sure must be above 0; it is {self.sure}")
        if not 0 < self.lopsided <= 1:
            raise ValueError(f"lopsided must be in (0, 1]; it is {self.lopsided}")
        if not self.rows >= 1:
            raise ValueError(f"rows must be at least 1; it is {self.rows}")

    def judge(self, history: History) -> Verdict:
        share, sure = (measured(history, f"predictability{end}") for end in ("", "_z"))
        if share is None or sure is None or (history.facts.samples or 0) < self.rows:
            return self.skip("What the inputs tell of the targets was not measured.")
        found = {"predictability": share, "standard_errors": sure}
        if max(by_layer(history, "class_share").values(), default=0.0) > self.lopsided:
            return self.skip("One class is nearly all of the sample: it is too small to tell.")
        if sure > self.sure:
            return self.fine(history, "The inputs tell something of the targets.", **found)
        failed = harm(history) is Harm.FAILED or _only_by_heart(history)
        summary = (
            f"Simple predictors find nothing in the inputs that tells of the targets "
            f"({words.number(sure)} standard errors above chance)."
        )
        severity = Severity.WARNING if failed else Severity.NOTE
        causes = {"no_signal_in_inputs": 0.7, "label_corruption": 0.6}
        return self.say(history, severity, summary, LOOK, causes if failed else {}, **found)


def _only_by_heart(history: History) -> bool:
    """The validation loss, or for want of it the training loss, hardly got below the baseline."""
    losses, base = curve(history, "val_loss"), baseline(history)
    if base is None or not nearly_over(history) or history.epochs == 0:
        return False
    if len(losses.values) >= 3:
        return losses.lowest > HARDLY * base
    return (best_gain(history) or 0.0) < 1 - HARDLY
