"""Whether training ended before the run did."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline, nearly_over
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

FEWEST = 5  # epochs


@dataclass(frozen=True, kw_only=True)
class StillImproving(Weighed):
    """Looks at the pace of the loss in the last fifth of the epochs.

    *Sees*
        How much the training loss fell in the last fifth of the epochs, as a share of the
        baseline, and whether the validation loss is at its lowest now.

    *Why it matters*
        A run that is cut off while it improves is judged by its budget and not by its settings:
        in a search, low lr loses to high lr for that reason alone.

    *When it is wrong*
        A schedule that ends in a small lr makes the last epochs fall on purpose; there the end is
        the end. So this is a note beside `no_learning`, which judges harm.

    *What to do*
        More epochs, or a higher lr in the same number of them. In a search, give the best few a
        longer budget before you decide.

    *Sources*
        Smith 2018, "A disciplined approach to neural network hyper-parameters", §3; the shares
        are ours.
    """

    fall: float = 0.05  # share of the baseline, in the last fifth
    full: float = 0.5  # of the largest lr: below it the schedule is ending

    def __post_init__(self) -> None:
        for field in ("fall", "full"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        losses, base = curve(history, "train_loss"), baseline(history)
        if len(losses.values) < FEWEST or base is None or not nearly_over(history):
            return self.skip(f"Judged at the end of a run of {FEWEST} epochs or more.")
        values = list(losses.values.values())
        width = max(1, len(values) // 5)
        fell = (values[-width - 1] - values[-1]) / base
        found = {"fell": fell, "epochs": width}
        if fell < self.fall or self._is_decayed(history) or not _best_now(history):
            return self.fine(history, "The run had come to an end when it ended.", **found)
        last = words.count(width, "epoch")
        summary = (
            f"The training loss fell from {words.loss(values[-width - 1])} to "
            f"{words.loss(values[-1])} in the last {last}: it was still improving."
        )
        return self.note(history, summary, _longer(history), **found)

    def _is_decayed(self, history: History) -> bool:
        rates = curve(history, "lr")
        return bool(rates.values) and rates.newest < self.full * max(rates.values.values())


def _best_now(history: History) -> bool:
    losses = curve(history, "val_loss")
    return not losses.values or losses.best == losses.last


def _longer(history: History) -> Remedy:
    epochs = 2 * history.epochs
    return Remedy(f"Train longer (try {words.count(epochs, 'epoch')}).", {"epochs": epochs})
