"""Torch's functional losses, and label smoothing."""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from diagnostics.probes.initial import LossFn, classes
from diagnostics.probes.loss_forms.form import (
    LEAST_SHARE,
    REFUSED,
    TINY,
    Form,
    LossForm,
    mixture,
    multiple,
)


def plain(loss_fn: LossFn, drawn: Sequence[Tensor], targets: Tensor) -> LossForm | None:
    """The first that agrees on all drawn outputs `[N, ...]`."""
    outputs = drawn[0]
    for kind, on, form in _candidates(outputs, targets):
        asked = list(drawn)
        if on == "probabilities":
            asked = [torch.softmax(o, 1) if _many(outputs) else torch.sigmoid(o) for o in drawn]
        try:
            said = torch.stack([loss_fn(o, targets).double().reshape(()) for o in asked])
            known = torch.stack([form(o, targets).double().reshape(()) for o in asked])
        except REFUSED:
            continue
        if (scale := multiple(said, known)) is not None:
            stretched = outputs.shape != targets.shape and kind.endswith("broadcast")
            return LossForm(kind.removesuffix(" broadcast"), on, scale, broadcast=stretched)
        if (
            on == "logits"
            and kind == "cross_entropy"
            and (smooth := _smoothing(said, known, asked)) is not None
        ):
            return LossForm(kind, on, smooth[0], smooth[1])
    return None


def _candidates(outputs: Tensor, targets: Tensor) -> Iterator[tuple[str, str, Form]]:
    if classes(outputs, targets) is not None:
        yield "cross_entropy", "logits", F.cross_entropy
        yield "nll_loss", "log_probabilities", F.nll_loss
        yield "cross_entropy", "probabilities", _on_probabilities
        yield "mse_onehot", "values", lambda o, t: F.mse_loss(o, _one_hot(o, t))
        yield "multi_margin_loss", "values", F.multi_margin_loss
        yield "cross_entropy", "squashed", lambda o, t: F.cross_entropy(torch.softmax(o, 1), t)
        return
    if targets.numel() == outputs.numel():
        yield "mse_loss", "values", _alike(F.mse_loss)
        yield "l1_loss", "values", _alike(F.l1_loss)
        yield "binary_cross_entropy", "logits", _alike(F.binary_cross_entropy_with_logits)
        yield "binary_cross_entropy", "probabilities", _alike(_binary_on_probabilities)
        yield "binary_cross_entropy", "squashed", _alike(_binary_twice)
        yield "smooth_l1_loss", "values", _alike(F.smooth_l1_loss)
        yield "poisson_nll_loss", "values", _alike(F.poisson_nll_loss)
    if targets.ndim != outputs.ndim and targets.numel() == outputs.numel() > 1:
        yield "mse_loss broadcast", "values", lambda o, t: (o - t.to(o.dtype)).square().mean()
        yield "l1_loss broadcast", "values", lambda o, t: (o - t.to(o.dtype)).abs().mean()
    if targets.is_floating_point() and targets.shape == outputs.shape and _many(outputs):
        yield "cross_entropy", "logits", F.cross_entropy


def _alike(form: Form) -> Form:
    """On targets brought into the shape and type of the outputs."""
    return lambda o, t: form(o, t.reshape(o.shape).to(o.dtype))


def _many(outputs: Tensor) -> bool:
    return outputs.ndim >= 2 and outputs.shape[1] > 1


def _one_hot(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.one_hot(targets, outputs.shape[1]).movedim(-1, 1).to(outputs.dtype)


def _on_probabilities(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.nll_loss(outputs.clamp_min(TINY).log(), targets)


def _binary_on_probabilities(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.binary_cross_entropy(outputs.clamp(TINY, 1 - TINY), targets)


def _binary_twice(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(torch.sigmoid(outputs), targets)


def _smoothing(said: Tensor, known: Tensor, asked: list[Tensor]) -> tuple[float, float] | None:
    """(scale, e): scale · ((1 − e) · cross entropy + e · mean of −log p over the classes)."""
    if not bool(said.isfinite().all()):
        return None
    spread = torch.stack([-torch.log_softmax(o, 1).mean().double() for o in asked])
    found = mixture(said, known, spread)
    if found is None or abs(scale := sum(found)) < LEAST_SHARE:
        return None
    share = found[1] / scale
    return (scale, share) if 0 < share < 1 else None
