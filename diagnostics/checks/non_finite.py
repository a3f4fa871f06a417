"""Whether loss and weights are still numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diagnostics.check import Finding, QuickCheck
from diagnostics.curves import curve, finite_number
from diagnostics.history import History
from diagnostics.learning_rate import lr_named, lr_of, within_usual
from diagnostics.outcome import lost_at_once, measured, starts_high
from diagnostics.reading import Reader
from diagnostics.verdict import Remedy, Severity
from diagnostics.words import rounded, setting

BEFORE_ANY_UPDATE = Remedy(
    "No update had been made, so the learning rate is not the reason. Look for nan in the "
    "inputs, a logarithm or division by zero in the loss, and weights that overflow."
)


@dataclass(frozen=True, kw_only=True)
class NonFinite(QuickCheck):
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

    def find(self, history: History) -> Finding:
        seen = history.reader(Soundness)
        if not seen.epochs:
            return self.pass_over("No epoch has been trained yet.")
        if seen.broken is not None:
            return self._fatal(history, seen.broken)
        if seen.broken_validation:
            return self._validation_only(seen.broken_validation)
        if not curve(history, "train_loss").values:
            return self.pass_over("No training loss was recorded.")
        return self.finding(
            Severity.PASS,
            "Loss and weights are finite.",
            evidence=lambda: {"epochs": len(seen.epochs)},
            epochs=(seen.epochs[0], seen.epochs[-1]),
        )

    def _fatal(self, history: History, epoch: int) -> Finding:
        step = finite_number(history.rows[epoch].get("non_finite_step"))
        where = f"epoch {epoch}" if step is None else f"step {int(step)} of epoch {epoch}"
        if epoch == 1 and lost_at_once(history):
            summary = f"The loss is not finite at {where}, before any update."
            remedy, causes = BEFORE_ANY_UPDATE, {"non_finite": 0.6}
        else:
            summary = f"Loss or weights are not finite from {where} on, with {lr_named(history)}."
            remedy = self._lower_lr(history)
            causes = {
                "non_finite": 0.6,
                "lr_too_high": 0.25 if starts_high(history) else 0.45,
                "exploding_gradient": 0.3,
            }
        if measured(history, "input_broken"):
            causes = {"non_finite": 0.9}
        return self.finding(
            Severity.FATAL,
            summary,
            evidence=lambda: {
                "epoch": epoch,
                "step": step,
                "lr": lr_of(history),
                "last_finite_loss": _last_finite(history, epoch),
            },
            remedy=remedy,
            epochs=(epoch, epoch),
            causes=causes,
        )

    def _lower_lr(self, history: History) -> Remedy:
        lr = lr_of(history)
        if lr is None:
            return Remedy(f"Divide the learning rate by {setting(self.lower)}.")
        lower = within_usual(history, rounded(lr / self.lower))
        text = f"Lower lr (try {setting(lower)}), or clip gradients."
        return Remedy(text, {"optimizer.lr": lower})

    def _validation_only(self, epochs: list[int]) -> Finding:
        return self.finding(
            Severity.WARNING,
            f"The validation loss is not finite since epoch {epochs[0]}; the training loss is.",
            evidence=lambda: {"epochs": epochs},
            remedy=Remedy("Look for a broken sample or an overflow in the validation set."),
            epochs=(epochs[0], epochs[-1]),
        )


class Soundness(Reader):
    """The epochs that were trained, and those of them whose numbers are none."""

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.broken: int | None = None  # the first
        self.broken_validation: list[int] = []

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        if epoch == 0:
            return
        self.epochs.append(epoch)
        if self.broken is None and _broken(row):
            self.broken = epoch
        if _not_finite(row.get("val_loss", 0.0)):
            self.broken_validation.append(epoch)


def _broken(row: Mapping[str, Any]) -> bool:
    return (
        _not_finite(row.get("train_loss", 0.0))
        or _not_finite(row.get("loss_first", 0.0))
        or finite_number(row.get("non_finite_step")) is not None
    )


def _not_finite(value: object) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _last_finite(history: History, epoch: int) -> float | None:
    before = [v for e, v in curve(history, "train_loss").values.items() if e < epoch]
    return before[-1] if before else None
