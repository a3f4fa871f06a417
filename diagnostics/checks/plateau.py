"""Whether the training loss stands still, and since when."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diagnostics import words
from diagnostics.check import Finding, QuickCheck
from diagnostics.curves import Curve, curve, finite_number, loss_levels
from diagnostics.flat_start import (
    CREEPING,
    NOISE,
    TRIED,
    Grade,
    flat_from_start,
    raise_threefold,
    too_high,
    too_low,
)
from diagnostics.history import History
from diagnostics.learning_rate import bulk_epochs, bulk_ratios, fell, lr_of, thrown_off
from diagnostics.lr_test import Answer, answered, lr_test, near_possible
from diagnostics.outcome import had_a_chance, lags
from diagnostics.progress import (
    ceiling_loss,
    floor_loss,
    learnable_loss,
    learned,
    reference_loss,
)
from diagnostics.reading import Reader
from diagnostics.verdict import Remedy, Severity

DROP = 1 / 3  # lr from one epoch to the next: a step of the schedule, not a smooth decay
AFTER_STEP = 3  # epochs to see after a step before it is judged
SLOWED = 0.1  # pace after a step, as a share of the pace before: the step ended the learning
ABOVE = 1.2  # × the loss of an untrained model: not flat but grown (`worse` of `diverging`)
FALLING = 0.05  # relative fall over the last epochs, from wherever the loss was
RISEN = 0.1  # × reference above the best epoch: rising is not flat (see `diverging`)
FULL_LR = 0.5  # lr above this share of its largest: a decay is still to come

COSINE = {"schedule": {"name": "cosine"}}

TESTED = {Answer.HIGHER: {"lr_too_low": 0.5}, Answer.LOWER: {"lr_too_high": 0.5}}


@dataclass(frozen=True, kw_only=True)
class Plateau(QuickCheck):
    """Finds a loss that is flat from the start, flat later, or stopped by an early step of lr.

    *Sees*
        The training loss by epoch, as a share of the loss that an untrained model has; lr, and
        the update ratio, which tells a low lr from a bad start.

    *Why it matters*
        A loss that is flat from the start learns nothing at all. One that is flat later often goes
        on falling as soon as lr decays. A step of lr that comes too early freezes a model that
        was still learning.

    *When it is wrong*
        Deep or hard problems can stand still for a while and then take off; then the verdict
        goes. A loss that is flat because nothing is left to learn is no finding, and one that is
        flat after most was learned is only a note. Where `Monitor` has a sample, copies of the
        model are trained on half of it for 30 steps at lr × 0.3, × 1 and × 3: if the other half
        falls at none of them, lr is not the reason, and what is left may be noise.

    *What to do*
        From the start: the sentence says what is likelier, lr or initialisation. Later: decay lr
        now, or raise it where the short test falls clearly faster at × 3. A step too early: keep
        the larger lr for longer.

    *Sources*
        CS231n, "Babysitting the learning process" (loss curves; "loss barely changing: learning
        rate is probably too low"). Bengio 2012, §3.1.1. The shares are ours, from runs on digits
        with SGD and AdamW at lr 1e-7 to 1000.
    """

    flat: float = 0.02  # share of the initial loss gone in the last epochs: nothing is learned
    slow: float = 0.15  # the same, while layers move too little: lr too low
    epochs: int = 5  # fewer are not judged
    window: float = 0.25  # share of the epochs so far in which "flat later" is looked for
    later: float = 0.01  # share of the initial loss gained within that window: flat later
    near_zero: float = 0.1  # share of the initial loss below which flat means done
    enough: float = 0.5  # share learned after which a step of lr was not too early
    pace: float = 0.02  # share of the initial loss per epoch: still falling fast

    def __post_init__(self) -> None:
        for field in ("flat", "slow", "window", "later", "near_zero", "enough", "pace"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be between 0 and 1; it is {getattr(self, field)}")
        if not self.epochs >= 2:
            raise ValueError(f"epochs must be at least 2; it is {self.epochs}")

    def find(self, history: History) -> Finding:
        losses, reference = curve(history, "train_loss"), reference_loss(history)
        if reference is None:
            reason = "The loss before training is not known, nor the number of classes."
            return self.pass_over(reason)
        grade = self._grade if self._is_due(history, losses) else self._early_step
        graded = grade(history, losses, reference)
        if graded is None:
            needed = self._epochs_needed(history)
            return self.pass_over(f"Judged after {words.count(needed, 'epoch')} at full lr.")
        return self.finding(
            graded.severity,
            graded.summary,
            evidence=lambda: {
                "initial_loss": reference,
                "first_loss": losses.values[losses.first],
                "best_loss": losses.lowest,
                "last_loss": losses.newest,
                "learned": learned(history),
                "lr": lr_of(history),
                "update_ratio": bulk_ratios(history),
                **_tested(history),
            },
            remedy=graded.remedy,
            epochs=(losses.first, losses.last),
            causes=_causes(history, graded),
        )

    def stands_still(self, history: History) -> bool:
        """Flat from the start, or flat later: whether a short test of lr is worth its cost."""
        losses, reference = curve(history, "train_loss"), reference_loss(history)
        if reference is None or not self._is_due(history, losses) or _is_above(history):
            return False
        if self._is_flat(history, losses, reference) or self._creeps(history):
            return True
        done = self._is_done(history, losses.newest)
        return not done and self._flat_since(history, losses, reference) is not None

    def _is_due(self, history: History, losses: Curve) -> bool:
        at_full_lr = losses.values.keys() & bulk_epochs(history)
        return len(at_full_lr) >= self._epochs_needed(history) and had_a_chance(history)

    def _epochs_needed(self, history: History) -> int:
        """`epochs`, but no more than half of a short run: the other half may be its decay."""
        planned = history.facts.epochs
        return self.epochs if planned is None else max(2, min(self.epochs, planned // 2))

    def _grade(self, history: History, losses: Curve, reference: float) -> Grade:
        if _is_above(history):
            summary = "The training loss is well above where it began: see `diverging`."
            return Grade(Severity.PASS, summary)
        if self._is_flat(history, losses, reference) or self._creeps(history):
            return flat_from_start(history, losses, reference)
        if self._is_done(history, losses.newest):
            return Grade(Severity.PASS, "The training loss is near the smallest there is.")
        return (
            self._early_step(history, losses, reference)
            or self._flat_later(history, losses, reference)
            or Grade(Severity.PASS, "The training loss is not flat.")
        )

    def _is_done(self, history: History, loss: float) -> bool:
        """Near zero, or near the floor that label smoothing leaves."""
        learnable = learnable_loss(history)
        above = loss - floor_loss(history.facts)
        return learnable is not None and above < self.near_zero * learnable

    def _is_flat(self, history: History, losses: Curve, reference: float) -> bool:
        """In the last epochs no better than untrained, and not falling from a high start either."""
        recent = list(losses.values.values())[-self.epochs :]
        gone, best = reference - min(recent), (1 - FALLING) * recent[0]
        hardly = gone < self.flat * (learnable_loss(history) or reference)
        return hardly and (min(recent) >= best or thrown_off(history))

    def _creeps(self, history: History) -> bool:
        """Falls, but every layer moves so little that it will take forever."""
        ratios = bulk_ratios(history)
        if not ratios or max(ratios.values()) >= CREEPING:
            return False
        share = learned(history)
        return share is not None and share < self.slow and not thrown_off(history)

    def _early_step(self, history: History, losses: Curve, reference: float) -> Grade | None:
        for epoch in history.reader(StepsDown).epochs:
            before = [v for e, v in losses.values.items() if e < epoch]
            after = [v for e, v in losses.values.items() if e >= epoch]
            if len(before) < 2 or len(after) <= AFTER_STEP:
                continue
            pace = (before[-2] - before[-1]) / reference
            slowed = (after[0] - min(after)) / reference / (len(after) - 1) < SLOWED * pace
            if pace >= self.pace and slowed:
                return self._stepped(history, epoch, reference, losses.lowest)
        return None

    def _stepped(self, history: History, epoch: int, reference: float, best: float) -> Grade:
        much = (reference - best) / reference >= self.enough
        lr = curve(history, "lr").values[epoch]
        summary = (
            f"lr fell to {words.setting(lr)} in epoch {epoch} while the loss was still "
            f"falling; it stays at {words.loss(best)} since."
        )
        patch = COSINE if history.facts.schedule == "step" else {}
        advice = Remedy("Keep the larger lr for longer, or let it fall smoothly (cosine).", patch)
        return Grade(Severity.NOTE if much else Severity.WARNING, summary, advice)

    def _flat_later(self, history: History, losses: Curve, reference: float) -> Grade | None:
        since = self._flat_since(history, losses, reference)
        if since is None:
            return None
        flat = f"The training loss is flat since epoch {since}, at {words.loss(losses.lowest)}"
        return _by_test(history, since, flat) or Grade(Severity.NOTE, f"{flat}.", _decay(history))

    def _flat_since(self, history: History, losses: Curve, reference: float) -> int | None:
        """The epoch from which on nothing was gained, though lr was not lowered."""
        values = list(losses.values.values())
        width = max(self.epochs, math.ceil(self.window * len(values)))
        if len(values) <= width or not _at_full_lr(history):
            return None
        gained = (min(values[:-width]) - min(values[-width:])) / reference
        if gained >= self.later or losses.newest > losses.lowest + RISEN * reference:
            return None
        return list(losses.values)[-width - 1]


def _by_test(history: History, since: int, flat: str) -> Grade | None:
    """Flat later, where a short test since then says something: by harm, as every oddity."""
    answer = answered(history, since)
    if answer is Answer.NEITHER:
        why = NOISE if near_possible(history) else "lr is not the reason"
        return Grade(Severity.NOTE, f"{flat}: {why}, {TRIED}.")
    if answer is Answer.HIGHER:
        found = too_low(history, raise_threefold(history))
    elif answer is Answer.LOWER:
        found = too_high(history, _decay(history))
    else:
        return None
    severity = Severity.WARNING if lags(history) else Severity.NOTE
    return found._replace(severity=severity, summary=f"{flat}: {found.summary}.")


def _decay(history: History) -> Remedy:
    patch = COSINE if history.facts.schedule == "constant" else {}
    return Remedy("Decay lr now (by ten, or with a cosine).", patch)


def _tested(history: History) -> dict[str, Any]:
    """How far the sample's loss fell in the short test of lr, where there was one."""
    test = lr_test(history)
    return {} if test is None else {f"fall_at_{name}_lr": fall for name, fall in test.falls.items()}


def _causes(history: History, graded: Grade) -> dict[str, float]:
    """What a test has shown, else what the chosen advice takes for granted."""
    if graded.severity.rank < Severity.WARNING.rank:
        return {}
    if graded.tested is not None:
        return TESTED[graded.tested]
    patch = {} if graded.remedy is None else graded.remedy.patch
    if "schedule" in patch:
        return {"lr_decay_too_early": 0.6}
    if "optimizer.weight_decay" in patch:
        return {"over_regularization": 0.5}
    lr, other = lr_of(history), patch.get("optimizer.lr")
    if lr is None or other is None:
        return {}
    if other > lr:
        return {"lr_too_low": 0.3} if fell(history) else {}
    return {"lr_too_high": 0.3}


def _is_above(history: History) -> bool:
    ceiling = ceiling_loss(history)
    return ceiling is not None and loss_levels(history).newest > ABOVE * ceiling


def _at_full_lr(history: History) -> bool:
    rates = curve(history, "lr")
    return not rates.values or rates.newest >= FULL_LR * max(rates.values.values())


class StepsDown(Reader):
    """The epochs in which lr is at most a third of the one that the epoch before it had."""

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self._lr: float | None = None

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        lr = finite_number(row.get("lr"))
        if epoch == 0 or lr is None:
            return
        if self._lr is not None and lr <= DROP * self._lr:
            self.epochs.append(epoch)
        self._lr = lr
