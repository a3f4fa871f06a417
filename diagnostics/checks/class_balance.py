"""Whether some classes are so rare that they are not learned."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import by_layer
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed

BALANCE = Remedy("Weight the loss by class, or draw the rare classes more often.")


@dataclass(frozen=True, kw_only=True)
class ClassBalance(Weighed):
    """Compares the shares of the classes, and what that did to the validation score.

    *Sees*
        The share of each class in a sample of the training data; training and validation accuracy.

    *Why it matters*
        A class of one in a hundred costs the loss next to nothing: a model that never names it is
        99 % right.

    *When it is wrong*
        Rare classes can be learned where they are easy to tell. It is a warning only where
        validation stays well behind training.

    *What to do*
        Class weights, resampling, or a score per class.

    *Sources*
        Buda, Maki & Mazurowski 2018, "A systematic study of the class imbalance problem".
    """

    times: float = 10.0  # between the most frequent and the rarest class
    gap: float = 0.15  # accuracy of training above that of validation

    def __post_init__(self) -> None:
        if not self.times > 1:
            raise ValueError(f"times must be above 1; it is {self.times}")
        if not 0 < self.gap < 1:
            raise ValueError(f"gap must be in (0, 1); it is {self.gap}")

    def judge(self, history: History) -> Verdict:
        shares = by_layer(history, "class_share")
        if len(shares) < 2:
            return self.skip("No classes were counted.")
        most, rarest = max(shares.values()), min(shares.values())
        if rarest * self.times >= most:
            return self.fine(history, "All classes have a fair share.", class_share=shares)
        name = min(shares, key=lambda label: shares[label])
        behind = self._behind(history)
        rare = "is not in the sample" if rarest == 0 else f"has {words.percent(rarest)}"
        summary = f"Class {name} {rare}, the most frequent one {words.percent(most)}."
        if behind is not None:
            summary = f"{summary[:-1]}; validation stays {words.percent(behind)} behind training."
        severity = Severity.NOTE if behind is None else Severity.WARNING
        causes = {"class_imbalance": 0.4 if behind is None else 0.88}
        return self.say(history, severity, summary, BALANCE, causes, class_share=shares)

    def _behind(self, history: History) -> float | None:
        training, validation = curve(history, "train_accuracy"), curve(history, "val_accuracy")
        if len(validation.values) < 3 or not training.values:
            return None
        gap = training.newest - max(validation.values.values())
        return gap if gap > self.gap else None
