"""Whether the best epoch came so early that the rest of the budget was for nothing."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline, nearly_over
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

FEWEST = 10  # epochs: the first tenth of fewer is not even one


@dataclass(frozen=True, kw_only=True)
class BestTooEarly(Weighed):
    """Looks when the run was at its best on the validation set.

    *Sees*
        The epoch of the best validation accuracy, or of the lowest validation loss where there is
        no accuracy, at the end of the run.

    *Why it matters*
        If the best model is that of the first epochs, all later ones were paid for nothing, and
        the comparison with other trials is one of lucky early epochs.

    *When it is wrong*
        Fine-tuning a trained model can be done in an epoch. A task that is learned at once stays
        near its best: then nothing is said.

    *What to do*
        If the training loss fell on: regularise, augment, or stop early. If it did not: lower lr.
        Either way give the next trials a smaller budget.

    *Sources*
        Prechelt 1998, "Early stopping, but when?"; the share is ours.
    """

    share: float = 0.1  # of the epochs
    lost: float = 0.02  # of accuracy since then, or as a share of the baseline loss

    def __post_init__(self) -> None:
        for field in ("share", "lost"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        scores, losses = curve(history, "val_accuracy"), curve(history, "val_loss")
        base = baseline(history)
        if history.epochs < FEWEST or not nearly_over(history):
            return self.skip(f"Judged at the end of a run of {FEWEST} epochs or more.")
        if scores.values:
            best = max(scores.values, key=lambda epoch: scores.values[epoch])
            lost, what = scores.values[best] - scores.newest, "accuracy"
        elif losses.values and base is not None:
            best, lost, what = losses.best, (losses.newest - losses.lowest) / base, "loss"
        else:
            return self.skip("There is no validation score to look at.")
        found = {"best_epoch": best, "lost_since": lost}
        if best > self.share * history.epochs or lost < self.lost:
            return self.fine(history, "The best epoch did not come too early.", **found)
        summary = (
            f"The best validation {what} came in epoch {best} of {history.epochs}; the epochs "
            f"after it made it worse, by {words.percent(lost)}"
            f"{'' if scores.values else ' of the baseline'} so far."
        )
        return self.note(history, summary, _remedy(history), **found)


def _remedy(history: History) -> Remedy:
    losses = curve(history, "train_loss")
    if losses.values and losses.best > history.epochs / 2:
        return Remedy("Training went on learning: regularise or augment, or stop earlier.")
    return Remedy("Training did not go on either: lower lr, or let it fall.")
