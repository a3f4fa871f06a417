"""Whether the validation data is what it should be: new, and prepared like the training data."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline, best_gain, measured
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed

REPEATS = 3.0  # × the share of repeated rows in training: repetition that the data itself has
SPLIT = Remedy("Split the data anew, so that no sample (nor its copies) is on both sides.")
ALIKE = Remedy("Prepare validation inputs exactly as the training inputs, without augmentation.")


@dataclass(frozen=True, kw_only=True)
class ValidationSuspicious(Weighed):
    """Looks for training rows in the validation set, and for validation that goes its own way.

    *Sees*
        The share of validation rows that are exactly training rows; and whether the validation
        loss stays above the baseline from the first epochs on while training learns well.

    *Why it matters*
        Leaked rows make every score too good. Inputs that are prepared otherwise make it
        meaningless, mostly too bad: a score that never follows training from the very start is
        seldom overfitting, which takes time.

    *When it is wrong*
        Duplicates may be real (equal short messages), so a few are a note. A validation set from
        another source is harder for good reason.

    *What to do*
        Split anew; use one preparation for both.

    *Sources*
        Kaufman et al. 2012, "Leakage in data mining". The limits are ours.
    """

    many: float = 0.05  # share of the validation rows
    learned: float = 0.5  # share of the baseline gone in training

    def __post_init__(self) -> None:
        for field in ("many", "learned"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        shared, losses = measured(history, "val_overlap"), curve(history, "val_loss")
        if shared is None and len(losses.values) < 3:
            return self.skip("No validation data was seen.")
        usual = REPEATS * (measured(history, "duplicate_rows") or 0.0)
        if shared and shared > usual:
            severity = Severity.WARNING if shared > self.many + usual else Severity.NOTE
            summary = f"{words.percent(shared)} of the validation rows are training rows."
            causes = {"data_leakage": 0.95}
            return self.say(history, severity, summary, SPLIT, causes, val_overlap=shared)
        if self._apart(history):
            summary = (
                f"The validation loss never gets below {words.loss(losses.lowest)}, no better than "
                f"without the inputs, while training learns."
            )
            known = (measured(history, "predictability") or 0.0) > self.learned
            causes = {"shifting_augmentation": 0.6 if known else 0.3, "train_eval_mismatch": 0.3}
            causes |= {} if known else {"overfitting": 0.5}
            severity = Severity.WARNING
            return self.say(history, severity, summary, ALIKE, causes, val_loss=losses.lowest)
        return self.fine(history, "The validation loss follows the training loss.")

    def _apart(self, history: History) -> bool:
        base, learned = baseline(history), best_gain(history)
        losses = curve(history, "val_loss")
        if base is None or learned is None or len(losses.values) < 3:
            return False
        return learned > self.learned and losses.lowest > base
