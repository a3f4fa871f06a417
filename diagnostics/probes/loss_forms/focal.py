"""Cross entropies that weigh a sample by its class, and by how wrong it is (focal loss).

Lin et al. 2017, eq. 5: −α (1 − p)^γ log p, p the probability of the right class. At logits of 0
that is α (1 − 1/C)^γ log C, for two classes α log 2 / 2^γ. γ = 0 is a weighted cross entropy.
"""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from diagnostics.probes.initial import LossFn, classes
from diagnostics.probes.loss_forms.form import (
    SAME,
    TINY,
    Form,
    LossForm,
    answers,
    mixture,
    multiple,
)

EXPONENTS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)  # Lin et al. 2017, table 1b, and between
CLASSES = "focal_loss"
FLAGS = "binary_focal_loss"
WEIGHED = "binary_cross_entropy_weighted"


def focal(loss_fn: LossFn, drawn: Sequence[Tensor], targets: Tensor) -> LossForm | None:
    """Of class labels, or of flags that are as many as the outputs."""
    if classes(drawn[0], targets) is not None:
        return _of_classes(loss_fn, drawn, targets)
    return _of_flags(loss_fn, drawn, targets) if _are_flags(drawn[0], targets) else None


def _of_classes(loss_fn: LossFn, drawn: Sequence[Tensor], targets: Tensor) -> LossForm | None:
    for on in ("logits", "probabilities"):
        asked = [torch.softmax(o, 1) for o in drawn] if on == "probabilities" else list(drawn)
        said = answers(loss_fn, asked, targets)
        if said is None:
            continue
        for gamma in EXPONENTS:
            known = answers(_by_class(gamma), drawn, targets)
            if known is not None and (scale := multiple(said, known)) is not None:
                return LossForm(CLASSES, on, scale)
    return None


def _by_class(gamma: float) -> Form:
    def form(outputs: Tensor, targets: Tensor) -> Tensor:
        lost = F.cross_entropy(outputs, targets, reduction="none")
        return ((1 - (-lost).exp()).clamp_min(0) ** gamma * lost).mean()

    return form


def _of_flags(loss_fn: LossFn, drawn: Sequence[Tensor], targets: Tensor) -> LossForm | None:
    flags = targets.reshape(drawn[0].shape).to(drawn[0].dtype)
    for on, asked in _asked(drawn):
        said = answers(loss_fn, asked, targets)
        if said is None:
            continue
        logits = [o.sigmoid() for o in drawn] if on == "squashed" else drawn
        for gamma in (0.0, *EXPONENTS):
            parts = [answers(_by_flag(gamma, each), logits, flags) for each in (True, False)]
            if parts[0] is None or parts[1] is None:
                return None
            counts = mixture(said, parts[0], parts[1])
            if counts is not None and counts[0] * counts[1] > 0:
                kind = FLAGS if gamma else WEIGHED
                return LossForm(kind, on, _scale(counts, flags, alike=gamma > 0))
    return None


def _asked(drawn: Sequence[Tensor]) -> Iterator[tuple[str, list[Tensor]]]:
    yield "logits", list(drawn)
    yield "probabilities", [torch.sigmoid(o) for o in drawn]
    yield "squashed", list(drawn)


def _by_flag(gamma: float, positive: bool) -> Form:
    """The share of the mean that comes from the flags that are 1, or 0."""

    def form(outputs: Tensor, flags: Tensor) -> Tensor:
        lost = F.binary_cross_entropy_with_logits(outputs, flags, reduction="none")
        weight = (1 - (-lost).exp()).clamp_min(TINY) ** gamma
        return (weight * lost * (flags if positive else 1 - flags)).mean()

    return form


def _scale(counts: Sequence[float], flags: Tensor, *, alike: bool) -> float:
    """Of the whole: α and 1 − α sum to one, and so does a mean over the positives alone."""
    positive, negative = counts
    if not alike:  # pos_weight: those that are 0 count once
        return negative
    even = abs(positive - negative) <= SAME * abs(positive)
    whole = positive if even else positive + negative
    ones = float(flags.sum())
    by_positives = flags.numel() / ones if ones else 1.0
    return 1.0 if abs(whole - by_positives) <= SAME * by_positives else whole


def _are_flags(outputs: Tensor, targets: Tensor) -> bool:
    """As many as the outputs, and both 0 and 1 among them: else α cannot be told."""
    if targets.numel() != outputs.numel():
        return False
    ones = targets == 1
    return bool(((targets == 0) | ones).all() and ones.any() and not ones.all())
