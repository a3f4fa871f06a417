"""Why a loss is flat from the start: what its weights, steps and lr say, the likeliest first."""

from typing import NamedTuple

from diagnostics import words
from diagnostics.curves import Curve
from diagnostics.ends import ends
from diagnostics.gradient_flow import NO_GRADIENT, REVIVE, starved
from diagnostics.history import History
from diagnostics.learning_rate import (
    LOW,
    MOST,
    bulk_ratios,
    lower_lr,
    lr_named,
    lr_of,
    suggested_lr,
    thrown_off,
)
from diagnostics.lr_test import Answer, answered, near_possible
from diagnostics.progress import start_loss
from diagnostics.verdict import Remedy, Severity
from diagnostics.weight_decay import lower_decay, shrunk
from diagnostics.words import rounded

CREEPING = 2 * LOW  # update ratio of every layer: with a loss that hardly falls, lr is too low
NEAR_FLAT = 0.97  # × the reference: a loss below it has fallen a little
NEAR = 1.2  # × the reference: a start that close to it can be named as the start
TRIPLE, THIRD = 3.0, 0.3  # × lr, as it was tried (diagnostics/probes/lr_test.py)

ORIGIN = (
    "Look at the initialisation, the scale of the inputs, and whether labels belong to their "
    "inputs."
)
NOISE = "what is left may be noise"
TRIED = "a short test at lr × 3 and × 0.3 does not lower it either"
FALLS = "in a short test at that lr the loss of the sample falls"
COMPARE = (
    "Compare what the loop trains on with the sample that Monitor was given: labels that belong to "
    "other inputs, augmentation, gradients that are kept or scaled."
)


class Grade(NamedTuple):
    """How bad it is, a sentence, what to do; `tested`: the lr at which a short run went better."""

    severity: Severity
    summary: str
    remedy: Remedy | None = None
    tested: Answer | None = None


def flat_from_start(history: History, losses: Curve, reference: float) -> Grade:
    """A violent start, weight decay, lr, or how it began; a test of lr has the last word on lr."""
    flat = f"The training loss {_stands(losses, reference)}, {_course(history, losses, reference)}"
    grade = _grade(history)
    return grade._replace(summary=f"{flat}: {grade.summary}.")


def _grade(history: History) -> Grade:
    """`summary` is the reason alone."""
    ratios = bulk_ratios(history)
    if shrunk(history):
        return _warning("weight decay has shrunk the weights", lower_decay(history))
    if zeros := [layer for layer, norm in ends(history, "weight_norm").last.items() if norm == 0]:
        why = f"the weights of {words.listed(zeros)} are all zero, so no gradient passes"
        return _warning(why, Remedy("Use He or Xavier initialisation."))
    if thrown_off(history):
        return _warning(f"{lr_named(history)} is likely too high", _lower(history))
    if starved(history):
        return _warning(NO_GRADIENT, REVIVE)
    if still := [layer for layer, ratio in ratios.items() if ratio <= 0]:
        text = f"Check that the optimizer has these weights and that gradients arrive. {ORIGIN}"
        return _warning(f"{words.listed(still)} does not move", Remedy(text))
    slow = [layer for layer, ratio in ratios.items() if ratio < CREEPING]
    if slow and len(slow) < len(ratios):
        return _warning(f"hardly any gradient reaches {words.listed(slow)}", Remedy(ORIGIN))
    return _by_test(history, ratios, bool(slow)) or _by_pace(history, ratios, bool(slow))


def _by_test(history: History, ratios: dict[str, float], slow: bool) -> Grade | None:
    """None where no test was made, or where a factor of 3 is too small to show anything."""
    answer = answered(history)
    if answer is Answer.HIGHER:
        remedy = _raise(history, ratios) if slow else raise_threefold(history)
        return too_low(history, remedy)
    if answer is Answer.LOWER:
        return too_high(history, _third(history))
    if answer is Answer.SAME:
        why = f"{lr_named(history)} is not the reason: {FALLS}"
        return _warning(why, Remedy(COMPARE))
    if answer is not Answer.NEITHER or slow:
        return None
    if near_possible(history):
        return Grade(Severity.NOTE, f"{NOISE}: {TRIED}")
    return _warning(f"{lr_named(history)} is not the reason: {TRIED}", Remedy(ORIGIN))


def _by_pace(history: History, ratios: dict[str, float], slow: bool) -> Grade:
    if not ratios:
        text = f"Try another lr (ten times higher first). {ORIGIN}"
        return _warning("lr is too low, or the initialisation bad", Remedy(text))
    if slow:
        return _warning(f"{lr_named(history)} is too low", _raise(history, ratios))
    why = f"layers move at a usual pace, so {lr_named(history)} is not the likely reason"
    return _warning(why, Remedy(ORIGIN))


def too_low(history: History, remedy: Remedy) -> Grade:
    """By the test; `summary` is the reason alone."""
    why = f"{lr_named(history)} is too low, as × 3 falls clearly faster in a short test"
    return Grade(Severity.WARNING, why, remedy, Answer.HIGHER)


def too_high(history: History, remedy: Remedy) -> Grade:
    """The same."""
    why = f"{lr_named(history)} is too high by now, as × 0.3 falls in a short test and × 1 does not"
    return Grade(Severity.WARNING, why, remedy, Answer.LOWER)


def raise_threefold(history: History) -> Remedy:
    """What was tried."""
    lr = lr_of(history)
    if lr is None:
        return Remedy("Raise the learning rate by 3.")
    return Remedy(
        f"Raise lr (try {words.setting(TRIPLE * lr)}).", {"optimizer.lr": rounded(TRIPLE * lr)}
    )


def _third(history: History) -> Remedy:
    lr = lr_of(history)
    if lr is None:
        return Remedy("Multiply the learning rate by 0.3, or let it decay.")
    text = f"Lower lr (try {words.setting(THIRD * lr)}), or let it decay."
    return Remedy(text, {"optimizer.lr": rounded(THIRD * lr)})


def _warning(why: str, remedy: Remedy | None) -> Grade:
    return Grade(Severity.WARNING, why, remedy)


def _stands(losses: Curve, reference: float) -> str:
    if losses.newest > NEAR * reference:
        return "does not fall"
    return "hardly falls" if losses.newest < NEAR_FLAT * reference else "is flat"


def _course(history: History, losses: Curve, reference: float) -> str:
    start = start_loss(history)
    untrained = start is not None and start <= NEAR * reference
    began = f"{words.loss(start if untrained else reference)} before training"
    if not untrained:
        began = f"{words.loss(reference)} in a model that knows nothing"
    after = words.count(losses.last, "epoch")
    return f"{began} and {words.loss(losses.newest)} after {after}"


def _raise(history: History, ratios: dict[str, float]) -> Remedy:
    lr = suggested_lr(lr_of(history), max(ratios.values()))
    if lr is None:
        return Remedy(f"Raise the learning rate, at first by {words.setting(MOST)}.")
    return Remedy(f"Raise lr (try {words.setting(lr)}).", {"optimizer.lr": lr})


def _lower(history: History) -> Remedy:
    lr = lower_lr(history)
    if lr is None:
        return Remedy("Divide the learning rate by ten.")
    return Remedy(f"Lower lr (try {words.setting(lr)}).", {"optimizer.lr": lr})
