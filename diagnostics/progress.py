"""Where the loss began, what an uninformed model has, how low it can get, and what was learned."""

import math

from diagnostics.history import Facts, History

SOFTMAX = (None, "cross_entropy", "nll_loss")  # an unnamed loss with C classes is taken for one
BINARY = ("binary_cross_entropy",)


def uninformed_loss(facts: Facts) -> float | None:
    """The loss of a uniform prediction, in nat: log C for softmax, log 2 for binary.

    Label smoothing changes nothing: the smoothed targets q sum to one, and a uniform prediction
    has −log(1/C) for every class, so Σ q log C = log C. None where no closed form is known.
    """
    if facts.loss in BINARY:
        return math.log(2)
    if facts.loss in SOFTMAX and facts.classes is not None and facts.classes > 1:
        return math.log(facts.classes)
    return None


def floor_loss(facts: Facts) -> float:
    """The smallest loss there is, in nat: the entropy of the smoothed targets, 0 without smoothing.

    With C classes and smoothing e a target is 1 − e + e/C for its class and e/C for each other.
    """
    e, c = facts.label_smoothing, facts.classes
    if facts.loss not in SOFTMAX or c is None or c < 2 or not 0 < e < 1:
        return 0.0
    own, other = 1 - e + e / c, e / c
    return -own * math.log(own) - (c - 1) * other * math.log(other)


def start_loss(history: History) -> float | None:
    """The loss before the first update: measured as such, else that of the first step."""
    for name, epoch in (("initial_loss", 0), ("loss_first", 1)):
        value = history.rows.get(epoch, {}).get(name)
        if isinstance(value, int | float) and math.isfinite(value):
            return float(value)
    return None


def reference_loss(history: History) -> float | None:
    """What learning is measured against: the smaller of start and uninformed loss, above 0."""
    known = _known(history)
    return min(known) if known and min(known) > 0 else None


def ceiling_loss(history: History) -> float | None:
    """The larger of start and uninformed loss, above 0: a loss beyond it is worse than nothing."""
    known = _known(history)
    return max(known) if known and max(known) > 0 else None


def learnable_loss(history: History) -> float | None:
    """The part of the reference loss that training can take away; above 0."""
    reference = reference_loss(history)
    if reference is None:
        return None
    above = reference - floor_loss(history.facts)
    return above if above > 0 else reference


def loss_levels(history: History) -> dict[int, float]:
    """Epoch → training loss, or validation loss where that is smaller (a burst lifts only one)."""
    validation = finite_values(history, "val_loss")
    training = finite_values(history, "train_loss")
    return {epoch: min(loss, validation.get(epoch, loss)) for epoch, loss in training.items()}


def finite_values(history: History, name: str) -> dict[int, float]:
    """Epoch → value of a scalar signal, from epoch 1, where it was finite."""
    found = {epoch: history.rows[epoch].get(name) for epoch in sorted(history.rows) if epoch > 0}
    return {
        epoch: float(value)
        for epoch, value in found.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def learned(history: History) -> float | None:
    """Share of what can be learned that is gone by the best epoch; None where it is unknown."""
    reference, learnable = reference_loss(history), learnable_loss(history)
    losses = finite_values(history, "train_loss")
    if reference is None or learnable is None or not losses:
        return None
    return (reference - min(losses.values())) / learnable


def _known(history: History) -> list[float]:
    return [x for x in (start_loss(history), uninformed_loss(history.facts)) if x is not None]
