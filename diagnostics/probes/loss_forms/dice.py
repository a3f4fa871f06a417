"""The soft dice loss of masks, alone or with a cross entropy beside it.

1 − (2 Σ pq + s) / (Σ p + Σ q + s), or with squares below (Milletari et al. 2016, eq. 3), over the
whole batch, over each sample, or over each class of each. At logits of 0, p is 1/C (1/2).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from diagnostics.probes.initial import LossFn, classes
from diagnostics.probes.loss_forms.form import SAME, LossForm, answers, mixture, multiple

SMOOTH = (1.0, 1e-6)  # 0 and 1e-5 are not to be told from 1e-6
TILT = 1.0  # deviation of what is added to a whole drawn output: a mask is larger or smaller
SHARE = 1e-2  # of the loss's range, below which the overlap in it is rounding
ALONE = "dice_loss"
WITH_CROSS_ENTROPY = "dice_cross_entropy"

Overlap = Callable[[Tensor, Tensor], Tensor]  # of p and q [N, C, P], the loss


def dice(loss_fn: LossFn, drawn: Sequence[Tensor], targets: Tensor) -> LossForm | None:
    """Of masks: labels `[N, ...]` under outputs `[N, C, ...]`, or as many as the outputs."""
    outputs = drawn[0]
    labelled = classes(outputs, targets) is not None
    if outputs.ndim < 2 or not (labelled or targets.numel() == outputs.numel()):
        return None
    most = outputs.shape[1] - 1 if labelled else 1
    if not bool(((targets >= 0) & (targets <= most)).all()):
        return None
    logits = _tilted(drawn)
    masks = _masks(outputs, targets, labelled).double()
    for on in ("logits", "probabilities"):
        shares = [_shares(o, labelled) for o in logits]
        said = answers(loss_fn, logits if on == "logits" else shares, targets)
        if said is None:
            continue
        beside = torch.stack([_cross_entropy(o, targets, labelled).double() for o in logits])
        found = [
            form
            for across, overlap in _overlaps(outputs)
            for known in _signs(torch.stack([overlap(_flat(p.double()), masks) for p in shares]))
            if (form := _form(said, known, beside, across)) is not None
        ]
        if found:  # with a cross entropy beside it, several may pass: the nearest is meant
            _, kind, scale = min(found)
            return LossForm(kind, on, scale)
    return None


def _signs(lost: Tensor) -> Iterator[Tensor]:
    """1 − dice and −dice."""
    yield lost
    yield lost - 1


def _form(
    said: Tensor, known: Tensor, beside: Tensor, across: int
) -> tuple[float, str, float] | None:
    """(distance, kind, scale) of the overlap alone, or else with a cross entropy."""
    if (own := multiple(said, known)) is not None:
        scale = 1.0 if across > 1 and abs(own - across) <= SAME * across else own
        return 0.0, ALONE, scale
    counts = mixture(said, known, beside)
    if counts is None or _range(counts[0] * known) < SHARE * _range(said):
        return None
    off = float((said - counts[0] * known - counts[1] * beside).abs().max())
    return off, WITH_CROSS_ENTROPY, max(counts, key=abs)


def _range(values: Tensor) -> float:
    return float(values.max() - values.min())


def _overlaps(outputs: Tensor) -> Iterator[tuple[int, Overlap]]:
    """With the number of means that a sum over the classes has in place of one."""
    wide = outputs.shape[1]
    for smooth, square in product(SMOOTH, (False, True)):
        for over in ((2,), (0, 2), (1, 2), (0, 1, 2)):
            yield wide if 1 not in over else 1, _overlap(smooth, square, over)


def _overlap(smooth: float, square: bool, over: tuple[int, ...]) -> Overlap:
    def form(p: Tensor, q: Tensor) -> Tensor:
        below = p.square() + q.square() if square else p + q
        above = 2 * (p * q).sum(dim=over) + smooth
        return 1 - (above / (below.sum(dim=over) + smooth)).mean()

    return form


def _tilted(drawn: Sequence[Tensor]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    one = [1, drawn[0].shape[1], *[1] * (drawn[0].ndim - 2)]
    tilts = [TILT * torch.randn(one, generator=generator) for _ in drawn]
    return [o + tilt.to(o.device, o.dtype) for o, tilt in zip(drawn, tilts, strict=True)]


def _shares(outputs: Tensor, labelled: bool) -> Tensor:
    return torch.softmax(outputs, 1) if labelled else torch.sigmoid(outputs)


def _masks(outputs: Tensor, targets: Tensor, labelled: bool) -> Tensor:
    if labelled:
        return _flat(F.one_hot(targets.long(), outputs.shape[1]).movedim(-1, 1))
    return _flat(targets.reshape(outputs.shape))


def _flat(values: Tensor) -> Tensor:
    """[N, C, pixels]."""
    return values.reshape(*values.shape[:2], -1)


def _cross_entropy(outputs: Tensor, targets: Tensor, labelled: bool) -> Tensor:
    if labelled:
        return F.cross_entropy(outputs, targets.long())
    flags = targets.reshape(outputs.shape).to(outputs.dtype)
    return F.binary_cross_entropy_with_logits(outputs, flags)
