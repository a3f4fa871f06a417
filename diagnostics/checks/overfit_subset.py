"""Whether the model can learn a few minibatches by heart."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from diagnostics import words
from diagnostics.check import Check
from diagnostics.history import History
from diagnostics.verdict import Remedy, Severity, Verdict

TAIL = 4  # "still falling" is judged over the last 1/4 of the passes

BUG = (
    "Look for a bug first: labels that do not belong to their inputs, a loss that does not fit "
    "the outputs, layers that get no gradient."
)


@dataclass(frozen=True, kw_only=True)
class OverfitSubset(Check):
    """Trains a copy of the model on 5 to 10 minibatches, which it must learn by heart.

    *Sees*
        Loss and accuracy on the subset, before training and after each pass, with dropout and
        weight decay off and an optimizer of its own.

    *Why it matters*
        A model that cannot learn a few hundred samples by heart will not learn from more of them.
        Failing here is nearly always a bug in the data, the loss or the model, and it takes
        seconds to see.

    *When it is wrong*
        A very small model may lack the capacity, samples with the same inputs and different
        labels cannot be told apart, and a sound model may need more passes: a loss that is still
        falling at the end is only a note.

    *What to do*
        Not going down: a bug, or an lr that is too low. Growing or not finite: a bug, or an lr
        that is too high. Stopping halfway: capacity, or labels that contradict each other.

    *Sources*
        CS231n, "Babysitting the learning process" (overfit a tiny subset); Karpathy, "A recipe
        for training neural networks" (2019), "overfit one batch". The shares are ours.
    """

    scope: ClassVar[Literal["trial", "shape"]] = "shape"

    fitted: float = 0.1  # share of the first loss: learned by heart, if accuracy is there too
    accuracy: float = 1.0  # what "by heart" means for labels
    not_down: float = 0.9  # share of the first loss: it is not going down
    grown: float = 1.5  # × first loss: it grows
    falling: float = 0.05  # relative fall over the last quarter of passes that gives hope

    def __post_init__(self) -> None:
        if not 0 < self.fitted < self.not_down <= 1 < self.grown:
            raise ValueError(
                "fitted, not_down and grown must ascend, not_down up to 1, grown above; "
                f"they are {self.fitted}, {self.not_down}, {self.grown}"
            )
        for field in ("accuracy", "falling"):
            if not 0 < getattr(self, field) <= 1:
                raise ValueError(f"{field} must be in (0, 1]; it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        losses = history.steps("subset_loss")
        if len(losses) < 2:
            return self.skip("No training on a tiny subset was recorded.")
        if not math.isfinite(losses[0]) or losses[0] <= 0:
            return self.skip("The subset's loss before training is no positive number.")
        accuracies = [a for a in history.steps("subset_accuracy") if math.isfinite(a)]
        accuracy = accuracies[-1] if accuracies else None
        severity, summary, remedy = self._grade(history, losses, accuracy)
        evidence = {
            "first_loss": losses[0],
            "last_loss": losses[-1],
            "min_loss": min(loss for loss in losses if math.isfinite(loss)),
            "accuracy": accuracy,
            "passes": len(losses) - 1,
            "optimizer": history.facts.subset_optimizer,
            "lr": history.facts.subset_lr,
        }
        return self.verdict(severity, summary, evidence=evidence, remedy=remedy, epochs=(0, 0))

    def _grade(
        self, history: History, losses: tuple[float, ...], accuracy: float | None
    ) -> tuple[Severity, str, Remedy | None]:
        first, last = losses[0], losses[-1]
        course = f"from {words.loss(first)} to {words.loss(last)} in {_passes(losses)}"
        with_lr = _with_lr(history)
        if not math.isfinite(last):
            end = f"The loss on a tiny subset is not finite after {_passes(losses)}{with_lr}."
            return Severity.WARNING, end, Remedy(f"{BUG} Otherwise the lr is too high: try ÷ 10.")
        if last > self.grown * first:
            end = f"The loss on a tiny subset grows {course}{with_lr}."
            return Severity.WARNING, end, Remedy(f"{BUG} Otherwise the lr is too high: try ÷ 10.")
        if last <= self.fitted * first and (accuracy is None or accuracy >= self.accuracy):
            end = f"A tiny subset is learned by heart: loss {course}{_reached(accuracy)}."
            return Severity.PASS, end, None
        if last > self.not_down * first:
            end = f"The loss on a tiny subset does not go down: {course}{with_lr}."
            return Severity.WARNING, end, Remedy(f"{BUG} Otherwise the lr is too low: try × 10.")
        return self._halfway(losses, f"{course}{_reached(accuracy)}")

    def _halfway(
        self, losses: tuple[float, ...], course: str
    ) -> tuple[Severity, str, Remedy | None]:
        before = losses[-1 - max(1, len(losses) // TAIL)]
        if losses[-1] < (1 - self.falling) * before:
            advice = Remedy("Give it more passes, or a higher lr.")
            return Severity.NOTE, f"A tiny subset is not yet learned: loss {course}.", advice
        summary = f"A tiny subset is not learned by heart: the loss stops, {course}."
        return (
            Severity.WARNING,
            summary,
            Remedy(f"{BUG} Otherwise the model is too small, or equal inputs have unequal labels."),
        )


def _passes(losses: tuple[float, ...]) -> str:
    passes = len(losses) - 1
    return "1 pass" if passes == 1 else f"{passes} passes"


def _reached(accuracy: float | None) -> str:
    return "" if accuracy is None else f", accuracy {words.percent(accuracy)}"


def _with_lr(history: History) -> str:
    facts = history.facts
    if facts.subset_lr is None:
        return ""
    return (
        f" with {facts.subset_optimizer or 'the optimizer'} at lr {words.setting(facts.subset_lr)}"
    )
