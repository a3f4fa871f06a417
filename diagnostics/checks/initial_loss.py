"""Whether an untrained model knows as little as it should."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from diagnostics import words
from diagnostics.check import Check
from diagnostics.curves import curve, finite_number
from diagnostics.history import History
from diagnostics.outcome import had_a_chance, harm, measured, starts_high
from diagnostics.progress import BINARY, multiple, uninformed_loss
from diagnostics.tiny_subset import course
from diagnostics.verdict import Remedy, Severity, Verdict

BIG_BATCH = 8  # below it, initial loss × batch size says too little about how a loss is averaged
LIKE_A_SUM = 0.1  # relative distance from batch size × expectation that still looks like a sum

LIKE_LOGITS = ("cross_entropy_weighted", "binary_cross_entropy_weighted")
LOUDER = ("focal_loss", "info_nce_loss")  # whose start spreads further
BOUNDED = {  # by the overlap or the margin, or so steep that a start says nothing of the scale
    "binary_focal_loss",
    "dice_loss",
    "dice_cross_entropy",
    "triplet_margin_loss",
}
ENOUGH_CLASSES = 10  # below, a focal loss is as steep as with two

SCALE_DOWN = Remedy(
    "Standardise the inputs, and use He (ReLU) or Xavier (tanh) initialisation; a smaller scale "
    "of the last layer alone brings the loss down to its expectation."
)
AVERAGE = Remedy("Use the mean over the batch (reduction='mean'), so that lr keeps its meaning.")
LOOK_FOR_LEAK = Remedy(
    "Nothing to do for a pretrained model. Otherwise look for the label among the inputs, a "
    "model that was trained before, or targets and loss that do not fit each other."
)
FIND_SOURCE = Remedy(
    "Look for nan in the inputs, a logarithm or division by zero in the loss, and weights of a "
    "scale that overflows. No update has been made: the learning rate is not the reason."
)


@dataclass(frozen=True, kw_only=True)
class InitialLoss(Check):
    """Compares the loss before any update with that of a model that knows nothing.

    *Sees*
        The loss of the untrained model, regularisation off, beside its closed form: log C for
        softmax cross entropy over C classes, log 2 for binary. Label smoothing does not change
        it: smoothed targets sum to one, and a uniform prediction costs −log(1/C) whichever class
        is right. The entropy of the class shares is what a model that knows only these has.
        Where the loss was asked by preflight, also what it gives for an output layer of zeros:
        (1 − 1/C)^γ log C for a focal loss, log (2N − 1) or log N for InfoNCE, the margin for
        triplets, the overlap with an even mask for dice, log 2 by the weights for weighted flags.

    *Why it matters*
        It is the cheapest test there is. A loss far above means confident nonsense: inputs or
        weights of too large a scale, or a sum where a mean was meant. The first epochs then go
        into unlearning it. A loss far below means that the model has seen the answer.

    *When it is wrong*
        He-initialised networks start at 1 to 1.5 times log C and train well, so that is allowed;
        "within 30 % of log C" would accuse a quarter of healthy runs. A pretrained model starts
        low rightly, which is known of one that begins by `transfer`. Focal losses and InfoNCE
        spread further (a focal loss over ten classes to 2.1 times, γ = 5), so only five times is
        too much, and views of one image are alike from the start, so nothing is too low. Dice,
        triplets and focal losses of two classes are not held to a scale. A loss far above that
        training then brings below its expectation did no lasting harm, and is a note.

    *What to do*
        Standardise the inputs, check initialisation and the loss's reduction; for a low loss look
        for a leak of the labels.

    *Sources*
        CS231n, "Babysitting the learning process" (check the initial loss); Karpathy, "A recipe
        for training neural networks" (2019), "verify loss @ init". He et al. 2015, eq. 10. Lin et
        al. 2017, eq. 5 (focal); Milletari et al. 2016, eq. 3 (dice); Schroff et al. 2015, eq. 3
        (triplets); van den Oord et al. 2018, eq. 4 (InfoNCE). The factors are ours, from healthy
        runs on digits (1.0 to 1.5 × log C).
    """

    scope: ClassVar[Literal["trial", "shape"]] = "shape"

    far_above: float = 2.0  # × expected loss: a warning
    above: float = 1.6  # × expected loss: a note; healthy He-initialised runs reach 1.5
    below: float = 0.8  # × the entropy of the class shares, or the expected loss: a note
    far_below: float = 0.5  # the same: a warning
    louder: float = 5.0  # × expected loss, of focal losses and InfoNCE: as HIGH_START in outcome
    equal: float = 0.01  # relative distance from log C at which a weighted mean is one (DESIGN §8)

    def __post_init__(self) -> None:
        if not 0 < self.far_below <= self.below <= 1 <= self.above <= self.far_above:
            raise ValueError(
                "far_below, below, above and far_above must ascend and have 1 in the middle; "
                f"they are {self.far_below}, {self.below}, {self.above}, {self.far_above}"
            )
        if not self.louder >= self.far_above:
            raise ValueError(f"louder must be at least far_above; it is {self.louder}")
        if not 0 < self.equal < 1:
            raise ValueError(f"equal must be in (0, 1); it is {self.equal}")

    def judge(self, history: History) -> Verdict:
        return history.once(self._judge, self._got_over(history), _does_no_harm(history))

    def _judge(self, history: History, got_over: bool, harmless: bool) -> Verdict:
        row = history.rows.get(0, {})
        if "initial_loss" not in row:
            return self.skip("The loss before the first update was not measured.")
        loss = finite_number(row["initial_loss"])
        if loss is None:
            return self.verdict(
                Severity.FATAL,
                "The loss of the untrained model is not finite.",
                evidence={"initial_loss": loss},
                remedy=FIND_SOURCE,
                epochs=(0, 0),
            )
        expected = self._expected(history)
        if expected is None:
            return self.skip(_no_expectation(history))
        if history.facts.loss in BOUNDED:
            return self._bounded(history, loss, expected)
        return self._compare(history, loss, expected, got_over, harmless)

    def _expected(self, history: History) -> float | None:
        """Log C where that is the closed form, else the loss of an output layer of zeros."""
        facts, blank = history.facts, measured(history, "blank_loss")
        known = uninformed_loss(facts)
        if known is not None or facts.loss_on is None or blank is None or blank <= 0:
            return known
        if facts.loss == "cross_entropy_weighted":  # a softmax of a kind that is not known
            even = math.log(facts.classes) if facts.classes and facts.classes > 1 else 0.0
            return blank if abs(blank - even) <= self.equal * even else None
        if facts.loss == "focal_loss" and (facts.classes or 0) < ENOUGH_CLASSES:
            return None
        return blank if facts.loss in (*LIKE_LOGITS, *LOUDER, *BOUNDED) else None

    def _got_over(self, history: History) -> bool:
        """Whether training has brought the loss down to half of its expectation."""
        expected = self._expected(history)
        return expected is not None and curve(history, "train_loss").lowest < expected / 2

    def _bounded(self, history: History, loss: float, expected: float) -> Verdict:
        beside = f"outputs of zero have {words.loss(expected)}"
        return self.verdict(
            Severity.PASS,
            f"The initial loss is {words.loss(loss)}; {beside}.",
            evidence={"initial_loss": loss, "expected": expected},
            epochs=(0, 0),
        )

    def _compare(
        self, history: History, loss: float, expected: float, got_over: bool, harmless: bool
    ) -> Verdict:
        entropy = _prior_entropy(history)
        base = measured(history, "baseline_loss") if history.facts.loss in LIKE_LOGITS else None
        floor = min(each for each in (expected, entropy, base) if each is not None)
        ratio = loss / expected
        severity, remark, remedy = self._grade(history, loss, expected, floor, got_over)
        if harmless and severity is Severity.WARNING:
            severity = Severity.NOTE
        evidence = {
            "initial_loss": loss,
            "expected": expected,
            "ratio": ratio,
            "prior_entropy": entropy,
            "classes": history.facts.classes,
            "label_smoothing": history.facts.label_smoothing,
        }
        summary = f"The initial loss is {words.loss(loss)}; {_form(history, expected)} {remark}."
        high = loss > expected and severity.rank >= Severity.NOTE.rank
        causes = {"bad_initial_loss": 0.75 if starts_high(history) else 0.3} if high else {}
        return self.verdict(
            severity, summary, evidence=evidence, remedy=remedy, epochs=(0, 0), causes=causes
        )

    def _grade(
        self, history: History, loss: float, expected: float, floor: float, got_over: bool
    ) -> tuple[Severity, str, Remedy | None]:
        loud = history.facts.loss in LOUDER
        if loss > (self.louder if loud else self.above) * expected:
            return self._too_high(history, loss, expected, got_over)
        if loud:
            return Severity.PASS, "is expected", None
        if loss < self.below * floor and history.facts.trained_before:
            remark = "is what a model has that knows nothing; it was trained before"
            return Severity.PASS, remark, None
        if loss < self.far_below * floor:
            remark = "is what a model has that knows nothing, so it knows something already"
            return Severity.WARNING, remark, LOOK_FOR_LEAK
        if loss < self.below * floor:
            return Severity.NOTE, "is expected: somewhat low", LOOK_FOR_LEAK
        return Severity.PASS, "is expected", None

    def _too_high(
        self, history: History, loss: float, expected: float, got_over: bool
    ) -> tuple[Severity, str, Remedy]:
        remedy = AVERAGE if _like_a_sum(history, loss / expected) else SCALE_DOWN
        times = words.number(loss / expected)
        if loss <= self.far_above * expected:
            return Severity.NOTE, f"is expected: {times} times as much", remedy
        if got_over:
            return Severity.NOTE, f"is expected. Training got over these {times} times", remedy
        if _learns_from_here(history):
            remark = f"is expected: {times} times as much, and twenty rows are learned from there"
            return Severity.NOTE, remark, remedy
        if remedy is AVERAGE:
            batch = history.facts.batch_size
            return Severity.WARNING, f"is expected: summed over the batch of {batch}?", remedy
        return Severity.WARNING, f"is expected: {times} times as much, the scale is too big", remedy


def _does_no_harm(history: History) -> bool:
    return history.epochs > 0 and had_a_chance(history) and harm(history) is None


def _learns_from_here(history: History) -> bool:
    own = course(history, "own")
    return own is not None and own.passed


def _prior_entropy(history: History) -> float | None:
    entropy = finite_number(history.rows[0].get("prior_entropy"))
    if entropy is None or entropy <= 0:
        return None
    return entropy * multiple(history.facts)


def _form(history: History, expected: float) -> str:
    if history.facts.loss in (*LIKE_LOGITS, *LOUDER):
        return f"{words.loss(expected)}, as of outputs of zero,"
    classes = 2 if history.facts.loss in BINARY else history.facts.classes
    return f"log {classes} = {words.loss(expected)}"


def _like_a_sum(history: History, ratio: float) -> bool:
    batch = history.facts.batch_size or 0
    return batch >= BIG_BATCH and abs(ratio / batch - 1) < LIKE_A_SUM


def _no_expectation(history: History) -> str:
    if history.facts.loss is None or history.facts.classes is None:
        return "The number of classes is not known, so neither is the loss to expect."
    if history.facts.loss == "focal_loss":
        return f"A focal loss over {history.facts.classes} classes is too steep to be held to one."
    return f"No closed form is known for the loss {history.facts.loss!r}."
