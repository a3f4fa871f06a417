"""Whether the model is surer of itself than it is right."""

import math
from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import Curve, curve
from diagnostics.history import History
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

SOFTEN = Remedy(
    "Divide the logits by a temperature fitted on validation data, or train with label smoothing.",
    {"loss.label_smoothing": 0.1},
)
LOGS = ("cross_entropy", "nll_loss")


@dataclass(frozen=True, kw_only=True)
class Calibration(Weighed):
    """Holds the validation loss against the accuracy: together they tell of overconfidence.

    *Sees*
        The expected calibration error, where the recipe measures it (`calibration_error`). Else
        the validation loss and accuracy a: no calibrated model of C classes can have a cross
        entropy above H(a) + (1 − a) log(C − 1), the loss of one that is equally sure of every
        answer. What lies above is certainty that was wrong.

    *Why it matters*
        Probabilities are used: for thresholds, for what a human should look at, for the next
        model. A validation loss that rises while the accuracy still does is this and nothing else.

    *When it is wrong*
        The bound is only a bound: a model below it can be miscalibrated too. Label smoothing,
        weights and other losses have no such bound and are skipped. A class is right or wrong as
        before, so this is a note.

    *What to do*
        Temperature scaling after training; label smoothing, weight decay or an earlier stop.

    *Sources*
        Guo et al. 2017, "On calibration of modern neural networks" (eq. 3, §4.2). The bound: the
        entropy is concave, so E H(p) ≤ H(E p).
    """

    error: float = 0.1  # expected calibration error
    above: float = 0.1  # of log C above the bound: less may be chance, or a sample without mistakes

    def __post_init__(self) -> None:
        for field in ("error", "above"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        errors, losses = curve(history, "val_calibration_error"), curve(history, "val_loss")
        if errors.values:
            return self._by_error(history, errors)
        scores, classes = curve(history, "val_accuracy"), _classes(history)
        if classes is None or not scores.values or scores.last != losses.last:
            return self.skip("Neither a calibration error nor a bound on the loss is known.")
        bound = most(scores.newest, classes)
        found = {"val_loss": losses.newest, "bound": bound, "val_accuracy": scores.newest}
        if losses.newest - bound <= self.above * math.log(classes):
            return self.fine(history, "The model is no surer than its accuracy allows.", **found)
        summary = (
            f"The model is too sure of itself: at {words.percent(scores.newest)} validation "
            f"accuracy its loss is {words.loss(losses.newest)}; it would be {words.loss(bound)} at "
            f"most if it knew when it is wrong."
        )
        return self.note(history, summary, SOFTEN, **found)

    def _by_error(self, history: History, errors: Curve) -> Verdict:
        found = {"calibration_error": errors.newest}
        if errors.newest <= self.error:
            return self.fine(history, "Certainty and accuracy are close to each other.", **found)
        off = words.percent(errors.newest)
        summary = f"The probabilities are off by {off} on average (calibration error)."
        return self.note(history, summary, SOFTEN, **found)


def most(accuracy: float, classes: int) -> float:
    """The largest cross entropy, in nat, of a calibrated model of that accuracy."""
    a = min(max(accuracy, 0.0), 1.0)
    sure = -sum(p * math.log(p) for p in (a, 1 - a) if p > 0)
    return sure + (1 - a) * math.log(max(classes - 1, 1))


def _classes(history: History) -> int | None:
    """Where the validation loss is the plain mean of −log p of the right class."""
    facts = history.facts
    plain = facts.loss in LOGS and not facts.label_smoothing and facts.loss_scale in (None, 1.0)
    return facts.classes if plain and facts.classes and facts.classes > 1 else None
