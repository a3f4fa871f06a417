"""Whether the model can learn a few minibatches by heart."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from diagnostics import words
from diagnostics.check import Check
from diagnostics.history import History
from diagnostics.learning_rate import HUGE_LR, usual_lr
from diagnostics.progress import floor_loss
from diagnostics.verdict import Remedy, Severity, Verdict

TAIL = 4  # "still falling" is judged over the last 1/4 of the passes
BOUNCE = 0.1  # share of the first loss by which one pass raises it: steps too large
LATELY = 0.2  # share of the fall that the second half still brings: slow, but not at an end
STEADY = 1e-4  # the same, as rounding may: the loss falls steadily

BUG = (
    "Look for a bug first: labels that do not belong to their inputs, a loss that does not fit "
    "the outputs, layers that get no gradient."
)
TOO_LOW = "Otherwise the lr is too low: try × 10."
OTHER_LR = "Otherwise try another lr, lower or higher."
TOO_SMALL = "Otherwise the model is too small, or equal inputs have unequal labels."


@dataclass(frozen=True, kw_only=True)
class OverfitSubset(Check):
    """Trains a copy of the model on 5 to 10 minibatches, which it must learn by heart.

    *Sees*
        Loss and accuracy on the subset, before training and after each pass, with dropout and
        weight decay off and an optimizer of its own.

    *Why it matters*
        A model that cannot learn a few hundred samples by heart will not learn from more of them.
        Failing here is nearly always a bug in the data, the loss or the model, and it shows
        before the run begins.

    *When it is wrong*
        A very small model may lack the capacity, samples with the same inputs and different
        labels cannot be told apart, and a sound model may need more passes: a loss that is still
        falling at the end is only a note.

    *What to do*
        Falling steadily but hardly: a bug, or an lr that is too low. Growing, bouncing or not
        finite: a bug, or an lr that is too high. Stopping halfway: capacity, or labels that
        contradict each other.

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
        return history.once(self._judge)

    def _judge(self, history: History) -> Verdict:
        losses = history.steps("subset_loss")
        if len(losses) < 2:
            return self.skip("No training on a tiny subset was recorded.")
        floor = floor_loss(history.facts)
        if not math.isfinite(losses[0]) or losses[0] <= 0:
            return self.skip("The subset's loss before training is no positive number.")
        if losses[0] <= floor:
            return self.skip("The subset's loss is as low as label smoothing lets it be.")
        accuracies = [a for a in history.steps("subset_accuracy") if math.isfinite(a)]
        accuracy = accuracies[-1] if accuracies else None
        severity, summary, remedy = self._grade(history, losses, accuracy)
        evidence = {
            "first_loss": losses[0],
            "last_loss": losses[-1],
            "min_loss": min(loss for loss in losses if math.isfinite(loss)),
            "smallest_possible": floor,
            "accuracy": accuracy,
            "passes": len(losses) - 1,
            "optimizer": history.facts.subset_optimizer,
            "lr": history.facts.subset_lr,
        }
        return self.verdict(severity, summary, evidence=evidence, remedy=remedy, epochs=(0, 0))

    def _grade(
        self, history: History, losses: tuple[float, ...], accuracy: float | None
    ) -> tuple[Severity, str, Remedy | None]:
        course = f"from {words.loss(losses[0])} to {words.loss(losses[-1])} in {_passes(losses)}"
        with_lr = _with_lr(history)
        above = [loss - floor_loss(history.facts) for loss in losses]
        first, last = above[0], above[-1]
        if not math.isfinite(last):
            end = f"The loss on a tiny subset is not finite after {_passes(losses)}{with_lr}."
            return Severity.WARNING, end, Remedy(f"{BUG} {_too_high(history)}")
        if last > self.grown * first:
            end = f"The loss on a tiny subset grows {course}{with_lr}."
            return Severity.WARNING, end, Remedy(f"{BUG} {_too_high(history)}")
        if last <= self.fitted * first and (accuracy is None or accuracy >= self.accuracy):
            end = f"A tiny subset is learned by heart: loss {course}{_reached(accuracy)}."
            return Severity.PASS, end, None
        if last > self.not_down * first:
            end = f"The loss on a tiny subset does not go down: {course}{with_lr}."
            return Severity.WARNING, end, Remedy(f"{BUG} {self._which_lr(history, above)}")
        return self._halfway(history, above, f"{course}{_reached(accuracy)}")

    def _halfway(
        self, history: History, above: list[float], course: str
    ) -> tuple[Severity, str, Remedy | None]:
        """`above`: the losses above the smallest possible one."""
        thrown = self._is_thrown(above)
        if above[-1] < (1 - self.falling) * above[-1 - max(1, len(above) // TAIL)]:
            advice = Remedy(f"Give it more passes, or a {'lower' if thrown else 'higher'} lr.")
            return Severity.NOTE, f"A tiny subset is not yet learned: loss {course}.", advice
        summary = f"A tiny subset is not learned by heart: the loss stops, {course}."
        why = _too_high(history) if thrown else TOO_SMALL
        return Severity.WARNING, summary, Remedy(f"{BUG} {why}")

    def _which_lr(self, history: History, above: list[float]) -> str:
        if self._is_thrown(above):
            return _too_high(history)
        fallen, lately = above[0] - above[-1], above[len(above) // 2] - above[-1]
        steady = lately > LATELY * fallen and _rise(above) <= STEADY * above[0]
        return TOO_LOW if fallen > 0 and steady else OTHER_LR

    def _is_thrown(self, above: list[float]) -> bool:
        """Up well above the start at some pass, or up and down: the steps are too large."""
        peak = max(loss for loss in above if math.isfinite(loss))
        return peak > self.grown * above[0] or _rise(above) > BOUNCE * above[0]


def _too_high(history: History) -> str:
    lr, usual = history.facts.subset_lr, usual_lr(history.facts.subset_optimizer)
    lower = words.setting(usual) if lr is not None and lr >= HUGE_LR else "÷ 10"
    return f"Otherwise the lr is too high: try {lower}."


def _rise(losses: list[float]) -> float:
    """The most that one pass raised the loss; 0 where none did."""
    return max([0.0, *(after - before for before, after in pairwise(losses))])


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
