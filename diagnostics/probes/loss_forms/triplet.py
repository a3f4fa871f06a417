"""The triplet loss of triples that lie side by side in the outputs.

mean max(0, d(a, p) − d(a, n) + m) (Schroff et al. 2015, eq. 3), or log(1 + exp(d(a, p) − d(a, n)))
(Hermans et al. 2017, §2). Where all embeddings are equal it is the margin m, or log 2. Triples that
are found by labels are left alone: how they are chosen is the library's secret.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from diagnostics.probes.initial import LossFn, classes
from diagnostics.probes.loss_forms.form import REFUSED, LossForm, answers, multiple

KIND = "triplet_margin_loss"

Triples = Callable[[Tensor], Sequence[Tensor]]  # anchors, positives, negatives [N, D]
Distance = Callable[[Tensor, Tensor], Tensor]


def triplet(loss_fn: LossFn, drawn: Sequence[Tensor], targets: Tensor) -> LossForm | None:
    """Of outputs [N, 3, D], [3, N, D] or [3N, D]; the margin is what equal embeddings give."""
    layouts = [] if classes(drawn[0], targets) is not None else list(_layouts(drawn[0]))
    if not layouts:
        return None
    try:
        blank = abs(float(loss_fn(torch.zeros_like(drawn[0]), targets)))
    except REFUSED:
        return None
    said = answers(loss_fn, drawn, targets)
    if said is None or not (math.isfinite(blank) and blank > 0):
        return None
    for triples in layouts:
        number = len(triples(drawn[0])[0])
        for distance in _distances():
            for margin in (blank, blank / number, None):
                form = partial(_form, triples, distance, margin)
                known = answers(form, drawn, targets)
                if known is not None and (scale := multiple(said, known)) is not None:
                    return LossForm(KIND, "values", scale)
    return None


def _form(
    triples: Triples, distance: Distance, margin: float | None, outputs: Tensor, _: Tensor
) -> Tensor:
    anchor, positive, negative = triples(outputs)
    apart = distance(anchor, positive) - distance(anchor, negative)
    return (F.softplus(apart) if margin is None else (apart + margin).relu()).mean()


def _layouts(outputs: Tensor) -> Iterator[Triples]:
    if outputs.ndim == 3 and outputs.shape[1] == 3:
        yield lambda o: o.unbind(1)
    if outputs.ndim == 3 and outputs.shape[0] == 3:
        yield lambda o: o.unbind(0)
    if outputs.ndim == 2 and len(outputs) % 3 == 0:
        yield lambda o: o.chunk(3)


def _distances() -> Iterator[Distance]:
    yield F.pairwise_distance
    yield lambda a, b: (a - b).square().sum(1)
    yield lambda a, b: F.pairwise_distance(F.normalize(a, dim=1), F.normalize(b, dim=1))
    yield lambda a, b: 1 - F.cosine_similarity(a, b)
