"""Whether the training set is learned by heart at the cost of all other data."""

import math
from dataclasses import dataclass
from itertools import pairwise

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline, gain, other_data
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed

FEWEST = 5  # epochs with a validation loss
LEARNED = 0.7  # share of the baseline gone in training
APART = (
    "The validation loss rises, but it never was below that of a guess, though simple predictors "
    "do well on rows that they have not seen: validation data are of another kind."
)
ALIKE = Remedy("Look whether validation data are of one kind with training data, and prepared so.")


@dataclass(frozen=True, kw_only=True)
class Overfitting(Weighed):
    """Compares the validation loss with its own minimum, with the baseline and with training.

    *Sees*
        Training and validation loss by epoch. It speaks where the validation loss has risen above
        its minimum by more than its own noise for several epochs while the training loss fell.

    *Why it matters*
        From the minimum on, the epochs only teach the model its training set. Where the validation
        loss ends above the baseline, it is worse than a guess that ignores the inputs.

    *When it is wrong*
        The validation loss often rises while the accuracy still does: the model grows too sure of
        itself, which is calibration. Only a validation loss above the baseline is a warning, all
        else a note that says where to stop.

    *What to do*
        Stop early, at the epoch named; more data, augmentation, weight decay, dropout, or a
        smaller model.

    *Sources*
        Prechelt 1998, "Early stopping, but when?"; Guo et al. 2017, "On calibration of modern
        neural networks". The limits are ours.
    """

    risen: float = 0.1  # above its minimum, as a share of the baseline
    evaluations: int = 3  # after the minimum
    lost: float = 0.05  # of validation accuracy since its best

    def __post_init__(self) -> None:
        if not self.risen > 0:
            raise ValueError(f"risen must be above 0; it is {self.risen}")
        if not 0 < self.lost < 1:
            raise ValueError(f"lost must be in (0, 1); it is {self.lost}")
        if not self.evaluations >= 1:
            raise ValueError(f"evaluations must be at least 1; it is {self.evaluations}")

    def judge(self, history: History) -> Verdict:
        losses, base = curve(history, "val_loss"), baseline(history)
        if len(losses.values) < FEWEST or base is None:
            return self.skip(f"Judged after {FEWEST} validation losses.")
        learned = gain(history)
        after = sum(epoch > losses.best for epoch in losses.values)
        rise = losses.newest - losses.lowest
        found = {
            "val_loss": losses.newest,
            "lowest_val_loss": losses.lowest,
            "best_epoch": losses.best,
        }
        risen = rise > max(self.risen * base, 3 * _noise(list(losses.values.values())))
        if learned is None or learned < LEARNED or after < self.evaluations or not risen:
            return self.fine(history, "The validation loss stays near its minimum.", **found)
        if other_data(history):
            return self.say(history, Severity.NOTE, APART, ALIKE, {"overfitting": 0.3}, **found)
        useless = (losses.newest > base and not _scores_well(history)) or self._lost(history)
        severity = Severity.WARNING if useless else Severity.NOTE
        summary = (
            f"The validation loss rises since epoch {losses.best}, from "
            f"{words.loss(losses.lowest)} to {words.loss(losses.newest)}, while the training loss "
            f"falls to {words.loss(curve(history, 'train_loss').newest)}."
        )
        remedy = Remedy(
            f"Stop at epoch {losses.best}; weight decay, augmentation or more data move it.",
            {"epochs": losses.best},
        )
        causes = {"overfitting": 0.9 if useless else 0.4}
        if (_by_heart(history) and losses.lowest > 0.9 * base) or self._lost(history):
            causes["label_noise"] = 0.5
        return self.say(history, severity, summary, remedy, causes, **found)

    def _lost(self, history: History) -> bool:
        """The validation accuracy has come down from where it was."""
        scores = curve(history, "val_accuracy")
        return bool(scores.values) and scores.newest < max(scores.values.values()) - self.lost


def _noise(values: list[float]) -> float:
    """Deviation of the differences from one evaluation to the next, per evaluation."""
    steps = [b - a for a, b in pairwise(values)]
    middle = sum(steps) / len(steps)
    return math.hypot(*(s - middle for s in steps)) / math.sqrt(len(steps))


def _scores_well(history: History) -> bool:
    """The validation accuracy is most of the training accuracy: sure of itself, but right."""
    validation, training = curve(history, "val_accuracy"), curve(history, "train_accuracy")
    if not validation.values or not training.values:
        return False
    return validation.newest > 0.8 * training.newest


def _by_heart(history: History) -> bool:
    learned = gain(history)
    return learned is not None and learned > 0.95
