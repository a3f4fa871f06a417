"""Cross entropy of each embedding's partner among all others (InfoNCE, NT-Xent).

van den Oord et al. 2018, eq. 4; Chen et al. 2020, eq. 1. Where all embeddings are equal it is the
log of the number of candidates, log N or log (2N − 1), whatever the temperature.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from diagnostics.probes.initial import LossFn, classes
from diagnostics.probes.loss_forms.form import REFUSED, Form, LossForm, answers, multiple

KIND = "info_nce_loss"
TEMPERATURES = (0.01, 0.02, 0.05, 0.07, 0.1, 0.2, 0.3, 0.5, 1.0)  # those of the papers
SAME = 1e-2  # relative distance from the closed form, at equal embeddings
RANK = 2  # of drawn embeddings: with more, all are about as far from each other

Pairs = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # what belongs together, row by row
Contrast = Callable[[Tensor, Tensor, float], Tensor]


def info_nce(loss_fn: LossFn, drawn: Sequence[Tensor], targets: Tensor) -> LossForm | None:
    """Of two views [N, 2, D] or [2N, D], or of embeddings [N, D] whose partners are the targets."""
    if classes(drawn[0], targets) is not None or drawn[0].ndim not in (2, 3):
        return None
    blank = _blank(loss_fn, drawn[0], targets)
    if blank is None:
        return None
    asked: list[Tensor] | None = None
    said: Tensor | None = None
    for pairs, (candidates, contrast) in product(_layouts(drawn[0], targets), _contrasts()):
        number = len(pairs(drawn[0], targets)[0])
        expected = math.log(candidates(number)) if number > 1 else 0.0
        if not any(_is_near(blank, times * expected) for times in (1, number, 2 * number)):
            continue
        asked = asked or _embeddings(drawn)
        said = answers(loss_fn, asked, targets) if said is None else said
        if said is None:
            return None
        for unit, temperature in product((True, False), TEMPERATURES):
            form = _form(pairs, contrast, unit, temperature)
            known = answers(form, asked, targets)
            if known is not None and (scale := multiple(said, known)) is not None:
                return LossForm(KIND, "values", scale)
    return None


def _form(pairs: Pairs, contrast: Contrast, unit: bool, temperature: float) -> Form:
    def form(outputs: Tensor, targets: Tensor) -> Tensor:
        one, other = pairs(outputs, targets)
        if unit:
            one, other = F.normalize(one, dim=1), F.normalize(other, dim=1)
        return contrast(one, other, temperature)

    return form


def _layouts(outputs: Tensor, targets: Tensor) -> Iterator[Pairs]:
    if outputs.ndim == 3:
        if outputs.shape[1] == 2:
            yield lambda o, _: (o[:, 0], o[:, 1])
        return
    if targets.shape == outputs.shape and targets.is_floating_point():
        yield lambda o, t: (o, t.to(o.dtype))
    if len(outputs) % 2 == 0:
        half = len(outputs) // 2
        yield lambda o, _: (o[:half], o[half:])
        yield lambda o, _: (o[::2], o[1::2])


def _contrasts() -> Iterator[tuple[Callable[[int], int], Contrast]]:
    """With the number of candidates that N pairs give."""
    yield lambda number: 2 * number - 1, _among_all
    yield lambda number: number, _both_ways
    yield lambda number: number, _one_way


def _among_all(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """NT-Xent: the partner among all views but the view itself."""
    both = torch.cat([one, other])
    itself = torch.eye(len(both), dtype=torch.bool, device=both.device)
    logits = (both @ both.T / temperature).masked_fill(itself, -math.inf)
    return F.cross_entropy(logits, torch.arange(len(both), device=both.device).roll(len(one)))


def _one_way(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    return F.cross_entropy(one @ other.T / temperature, torch.arange(len(one), device=one.device))


def _both_ways(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    return (_one_way(one, other, temperature) + _one_way(other, one, temperature)) / 2


def _embeddings(drawn: Sequence[Tensor]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(2)
    wide = drawn[0].shape[-1]
    return [
        o[..., :RANK] @ torch.randn(min(RANK, wide), wide, generator=generator).to(o) for o in drawn
    ]


def _blank(loss_fn: LossFn, outputs: Tensor, targets: Tensor) -> float | None:
    """The loss where all embeddings are zero; None where it refuses them."""
    try:
        return float(loss_fn(torch.zeros_like(outputs), targets))
    except REFUSED:
        return None


def _is_near(blank: float, expected: float) -> bool:
    return expected > 0 and abs(abs(blank) - expected) <= SAME * expected
