"""What a loss function computes, found by asking it: no name is believed.

A user's loss is a callable. On a few outputs drawn at random its value is compared with the closed
forms of the field; what agrees on all of them is that form. Source of the forms: torch's
functional losses, and the papers that diagnostics.probes.loss_forms cites.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from diagnostics.probes.initial import LossFn, classes
from diagnostics.probes.loss_forms.dice import dice
from diagnostics.probes.loss_forms.focal import focal
from diagnostics.probes.loss_forms.form import CLOSE, REFUSED, SAME, LossForm
from diagnostics.probes.loss_forms.info_nce import info_nce
from diagnostics.probes.loss_forms.plain import plain
from diagnostics.probes.loss_forms.triplet import triplet

__all__ = ["LossForm", "identify"]

DRAWS = 6  # outputs that the loss is asked about
FAR = 5.0  # values beyond it are neither logits nor probabilities
SPREAD = 1.0  # standard deviation of the drawn outputs

Family = Callable[[LossFn, Sequence[Tensor], Tensor], LossForm | None]
ROW_BY_ROW: tuple[Family, ...] = (focal, dice)  # of which a few rows tell as much as all
BY_BATCH: tuple[Family, ...] = (info_nce, triplet)  # whose rows belong together
ENOUGH = 2**16  # numbers of the outputs that they are asked about: a few hundred times
MOST = 2**19  # the same where two rows have more; beyond it takes seconds, and they are left out


@torch.no_grad()
def identify(loss_fn: LossFn, outputs: Tensor, targets: Tensor) -> LossForm | None:
    """The form of `loss_fn`, for outputs `[N, ...]` of that shape; None where none agrees."""
    drawn = _near(loss_fn, list(_drawn(outputs)), targets)
    found = plain(loss_fn, drawn, targets) or _of_few(loss_fn, drawn, targets)
    for family in BY_BATCH:
        found = found or family(loss_fn, drawn, targets)
    return found or _shift_invariant(loss_fn, drawn, targets)


def _of_few(loss_fn: LossFn, drawn: Sequence[Tensor], targets: Tensor) -> LossForm | None:
    """By as many rows as are quick to ask; a sum over them is one over all."""
    each = max(drawn[0][:1].numel(), 1)
    rows, all_rows = max(2, ENOUGH // each), len(drawn[0])
    if min(rows, all_rows) * each > MOST or len(targets) != all_rows:
        return None
    few = [o[:rows] for o in drawn]
    for family in ROW_BY_ROW:
        found = family(loss_fn, few, targets[:rows])
        if found is None:
            continue
        sums = [rows, rows * targets[:1].numel()] if rows < all_rows else []
        summed = any(abs(abs(found.scale) / count - 1) <= SAME for count in sums)
        return replace(found, scale=found.scale * all_rows / rows) if summed else found
    return None


def _drawn(outputs: Tensor) -> Iterator[Tensor]:
    generator = torch.Generator().manual_seed(0)
    for _ in range(DRAWS):
        noise = torch.randn(outputs.shape, generator=generator) * SPREAD
        yield noise.to(outputs.device, outputs.dtype)


def _near(loss_fn: LossFn, drawn: list[Tensor], targets: Tensor) -> list[Tensor]:
    """About values far from 0, so that each kind of loss has its shape; exp() may forbid it."""
    if not targets.is_floating_point() or targets.numel() != drawn[0].numel():
        return drawn
    values = targets.reshape(drawn[0].shape).to(drawn[0].dtype)
    middle, spread = values.mean(0, keepdim=True), values.std(0, correction=0, keepdim=True)
    if float(middle.abs().max()) <= FAR or not bool(values.isfinite().all()):
        return drawn
    near = [middle + spread * each for each in drawn]
    try:
        known = all(bool(loss_fn(each, targets).isfinite().all()) for each in near)
    except REFUSED:
        return drawn
    return near if known else drawn


def _shift_invariant(loss_fn: LossFn, drawn: list[Tensor], targets: Tensor) -> LossForm | None:
    """A softmax of some kind (weighted): a sample's logits count by their differences."""
    if classes(drawn[0], targets) is None:
        return None
    try:
        raised = [o + torch.randn_like(o[:, :1]) for o in drawn]
        pairs = [
            (float(loss_fn(o, targets)), float(loss_fn(r, targets)))
            for o, r in zip(drawn, raised, strict=True)
        ]
    except (RuntimeError, ValueError, IndexError, TypeError):
        return None
    same = all(abs(a - b) <= CLOSE * abs(a) for a, b in pairs)
    return LossForm("cross_entropy_weighted", "logits") if same else None
