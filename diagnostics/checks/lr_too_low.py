"""Whether the run creeps: everything is sound and the steps are too small."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.gradient_flow import starved
from diagnostics.history import History
from diagnostics.learning_rate import (
    LOW,
    bulk_ratios,
    came_to_lr,
    fell,
    lr_named,
    lr_of,
    suggested_lr,
    thrown_off,
)
from diagnostics.outcome import Harm, harm, newest, said, still_falling
from diagnostics.tiny_subset import course, too_low
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed
from diagnostics.weight_decay import shrunk

DEAD = 0.999


@dataclass(frozen=True, kw_only=True)
class LrTooLow(Weighed):
    """Looks whether the learning rate is what keeps a sound model from learning.

    *Sees*
        A training loss that falls, but will not get there in the steps that remain; twenty rows
        that ten times the lr learns faster; update ratios below 1e-4.

    *Why it matters*
        A run that creeps spends the whole budget on the first few percent.

    *When it is wrong*
        Small steps are right late in training and for fine-tuning. A run that learns what is there
        to learn is never accused, nor one whose gradients do not arrive.

    *What to do*
        Raise lr tenfold, until the loss grows; then go back by three.

    *Sources*
        CS231n, "Babysitting the learning process" (loss curves by learning rate); Bengio 2012,
        "Practical recommendations", §3.1.1.
    """

    slow: float = 3e-4  # update ratio of every layer

    def __post_init__(self) -> None:
        if not self.slow > 0:
            raise ValueError(f"slow must be above 0; it is {self.slow}")

    def judge(self, history: History) -> Verdict:
        if history.epochs < 2:
            return self.skip("Judged after 2 epochs.")
        ratios = bulk_ratios(history)
        creeps = harm(history) in (Harm.FAILED, Harm.BEHIND) and self._creeps(history, ratios)
        if not creeps:
            return self.fine(history, "The learning rate is not too low.", update_ratio=ratios)
        lr = _other(history, ratios)
        tested = too_low(history)
        why = "; ten times the lr learns twenty rows sooner" if tested else ""
        summary = f"{lr_named(history)} is too low{why}; {said(history)}."
        summary = words.sentence(summary)
        patch = {} if lr is None else {"optimizer.lr": lr}
        which = "by ten" if lr is None else f"(try {words.setting(lr)})"
        remedy = Remedy(f"Raise lr {which}.", patch)
        causes = {"lr_too_low": 0.7 if tested else 0.5, "undertrained": 0.4}
        return self.say(history, Severity.WARNING, summary, remedy, causes, update_ratio=ratios)

    def _creeps(self, history: History, ratios: dict[str, float]) -> bool:
        """Gradients arrive, the loss falls, and every sign says that larger steps would help."""
        dead = any(share >= DEAD for share in newest(history, "dead_units").values())
        if shrunk(history) or starved(history) or thrown_off(history) or dead:
            return False
        if ratios and min(ratios.values()) <= 0:
            return False
        losses = curve(history, "train_loss")
        falls = fell(history) and losses.newest <= losses.lowest * 1.05
        own = course(history, "own")
        if own is not None and own.passed and came_to_lr(history):
            return False
        small = bool(ratios) and max(ratios.values()) < self.slow
        return (too_low(history) or small) and falls and (still_falling(history) or small)


def _other(history: History, ratios: dict[str, float]) -> float | None:
    lr = lr_of(history)
    if lr is None:
        return None
    by_ratio = suggested_lr(lr, max(ratios.values())) if ratios else None
    tenfold = words.rounded(lr * 10)
    return tenfold if by_ratio is None or max(ratios.values()) > LOW else max(by_ratio, tenfold)
