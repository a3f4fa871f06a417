"""Where the loss began, what an uninformed model has, how low it can get, and what was learned."""

import math
from dataclasses import dataclass

from diagnostics.curves import curve, finite_number
from diagnostics.history import Facts, History
from diagnostics.reading import derived

SOFTMAX = (None, "cross_entropy", "nll_loss")  # an unnamed loss with C classes is taken for one
SUMMED = 0.5  # of the number of samples: the factor that makes a loss a sum
BINARY = ("binary_cross_entropy",)


def uninformed_loss(facts: Facts) -> float | None:
    """The loss of a uniform prediction, in nat: log C for softmax, log 2 for binary.

    Label smoothing changes nothing: the smoothed targets q sum to one, and a uniform prediction
    has −log(1/C) for every class, so Σ q log C = log C. None where no closed form is known.
    """
    if facts.loss in BINARY:
        return multiple(facts) * math.log(2)
    if facts.loss in SOFTMAX and facts.classes is not None and facts.classes > 1:
        return multiple(facts) * math.log(facts.classes)
    return None


def multiple(facts: Facts) -> float:
    """What the loss is a multiple of: 1 for a mean over the samples."""
    return abs(facts.loss_scale or 1.0)


def floor_loss(facts: Facts) -> float:
    """The smallest loss there is, in nat: the entropy of the smoothed targets, 0 without smoothing.

    With C classes and smoothing e a target is 1 − e + e/C for its class and e/C for each other.
    """
    e, c = facts.label_smoothing, facts.classes
    if facts.loss not in SOFTMAX or c is None or c < 2 or not 0 < e < 1:
        return 0.0
    own, other = 1 - e + e / c, e / c
    return -multiple(facts) * (own * math.log(own) + (c - 1) * other * math.log(other))


def batch_share(history: History) -> float:
    """Of a sum over the batch: what of the sample that was measured before training is a batch."""
    facts = history.facts
    rows = finite_number(history.rows.get(1, {}).get("batch_size"))
    if rows is None or not facts.samples or multiple(facts) < SUMMED * facts.samples:
        return 1.0
    return rows / facts.samples


def start_loss(history: History) -> float | None:
    """The loss before the first update: measured as such, else that of the first step."""
    for name, epoch in (("initial_loss", 0), ("loss_first", 1)):
        value = finite_number(history.rows.get(epoch, {}).get(name))
        if value is not None:
            return value * (batch_share(history) if epoch == 0 else 1.0)
    return None


def reference_loss(history: History) -> float | None:
    """What learning is measured against: the smaller of start and uninformed loss, above 0."""
    return history.once(_scale).reference


def ceiling_loss(history: History) -> float | None:
    """The larger of start and uninformed loss, above 0: a loss beyond it is worse than nothing."""
    return history.once(_scale).ceiling


def learnable_loss(history: History) -> float | None:
    """The part of the reference loss that training can take away; above 0."""
    return history.once(_scale).learnable


@derived
def learned(history: History) -> float | None:
    """Share of what can be learned that is gone by the best epoch; None where it is unknown."""
    scale, losses = history.once(_scale), curve(history, "train_loss")
    if scale.reference is None or scale.learnable is None or not losses.values:
        return None
    return (scale.reference - losses.lowest) / scale.learnable


@dataclass(frozen=True)
class _Scale:
    """Known from the first epoch on."""

    reference: float | None
    ceiling: float | None
    learnable: float | None


def _scale(history: History) -> _Scale:
    share, uninformed = batch_share(history), uninformed_loss(history.facts)
    found = (start_loss(history), None if uninformed is None else share * uninformed)
    known = [loss for loss in found if loss is not None]
    least, most = min(known, default=0.0), max(known, default=0.0)
    above = least - share * floor_loss(history.facts)
    return _Scale(
        reference=least if least > 0 else None,
        ceiling=most if most > 0 else None,
        learnable=(above if above > 0 else least) if least > 0 else None,
    )
