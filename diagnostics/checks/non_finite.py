"""Whether loss and weights are still numbers."""

import math
from dataclasses import dataclass

from diagnostics.check import Check
from diagnostics.history import History
from diagnostics.learning_rate import lr_named, lr_of, within_usual
from diagnostics.progress import finite_values
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.words import rounded, setting

BEFORE_ANY_UPDATE = Remedy(
    "No update had been made, so the learning rate is not the reason. Look for nan in the "
    "inputs, a logarithm or division by zero in the loss, and weights that overflow."
)


@dataclass(frozen=True, kw_only=True)
class NonFinite(Check):
    """Ends a run whose loss or weights are nan or infinite.

    *Sees*
        The loss of every training step, the weights at the end of each epoch, and the validation
        loss.

    *Why it matters*
        A nan never goes away: each following update is nan as well. The trial will not recover,
        and its remaining epochs are wasted.

    *When it is wrong*
        Never about the training loss and the weights. A validation loss alone can be not finite
        for reasons of its own (one broken sample, an empty set), so that is a warning.

    *What to do*
        Lower lr, by ten to begin with, or clip gradients. Where the very first loss is not
        finite, no update had been made: then it is the inputs, the loss or the initialisation.

    *Sources*
        CS231n, "Babysitting the learning process" ("loss: nan" = learning rate too high).
        Bengio 2012, "Practical recommendations", §3.1.1: start with a larger lr and divide by 3
        while training diverges; we divide by `lower`.
    """

    lower: float = 10.0  # the lr to try is this one divided by so much

    def __post_init__(self) -> None:
        if not (self.lower > 1 and math.isfinite(self.lower)):
            raise ValueError(f"lower must be above 1; it is {self.lower}")

    def judge(self, history: History) -> Verdict:
        epochs = [e for e in sorted(history.rows) if e > 0]
        if not epochs:
            return self.skip("No epoch has been trained yet.")
        for epoch in epochs:
            if _broken(history, epoch):
                return self._fatal(history, epoch)
        series = history.series("val_loss")
        pairs = zip(series.epochs, series.values, strict=True)
        broken = [e for e, value in pairs if e > 0 and not math.isfinite(value)]
        if broken:
            return self._validation_only(broken)
        if not finite_values(history, "train_loss"):
            return self.skip("No training loss was recorded.")
        return self.verdict(
            Severity.PASS,
            "Loss and weights are finite.",
            evidence={"epochs": len(epochs)},
            epochs=(epochs[0], epochs[-1]),
        )

    def _fatal(self, history: History, epoch: int) -> Verdict:
        step = finite_values(history, "non_finite_step").get(epoch)
        where = f"epoch {epoch}" if step is None else f"step {int(step)} of epoch {epoch}"
        evidence = {
            "epoch": epoch,
            "step": step,
            "lr": lr_of(history),
            "last_finite_loss": _last_finite(history, epoch),
        }
        if _before_any_update(history, epoch, step):
            summary = f"The loss is not finite at {where}, before any update."
            remedy = BEFORE_ANY_UPDATE
        else:
            summary = f"Loss or weights are not finite from {where} on, with {lr_named(history)}."
            remedy = self._lower_lr(history)
        return self.verdict(
            Severity.FATAL, summary, evidence=evidence, remedy=remedy, epochs=(epoch, epoch)
        )

    def _lower_lr(self, history: History) -> Remedy:
        lr = lr_of(history)
        if lr is None:
            return Remedy(f"Divide the learning rate by {setting(self.lower)}.")
        lower = within_usual(history, rounded(lr / self.lower))
        text = f"Lower lr (try {setting(lower)}), or clip gradients."
        return Remedy(text, {"optimizer.lr": lower})

    def _validation_only(self, epochs: list[int]) -> Verdict:
        return self.verdict(
            Severity.WARNING,
            f"The validation loss is not finite since epoch {epochs[0]}; the training loss is.",
            evidence={"epochs": epochs},
            remedy=Remedy("Look for a broken sample or an overflow in the validation set."),
            epochs=(epochs[0], epochs[-1]),
        )


def _broken(history: History, epoch: int) -> bool:
    row = history.rows[epoch]
    return (
        _not_finite(row.get("train_loss", 0.0))
        or _not_finite(row.get("loss_first", 0.0))
        or epoch in finite_values(history, "non_finite_step")
    )


def _not_finite(value: object) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _before_any_update(history: History, epoch: int, step: float | None) -> bool:
    start = history.rows.get(0, {}).get("initial_loss", 0.0)
    first = history.rows[epoch].get("loss_first", 0.0)
    return _not_finite(start) or (epoch == 1 and step in (None, 1.0) and _not_finite(first))


def _last_finite(history: History, epoch: int) -> float | None:
    before = [v for e, v in finite_values(history, "train_loss").items() if e < epoch]
    return before[-1] if before else None
