"""What a loss function computes, found by asking it: no name is believed.

A user's loss is a callable. On a few outputs drawn at random its value is compared with the closed
forms of the field; what agrees on all of them is that form. Source of the forms: torch's
functional losses.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from diagnostics.probes.initial import LossFn

DRAWS = 6  # outputs that the loss is asked about
CLOSE = 1e-3  # relative distance that is rounding, in float32 and with clipped probabilities
ROUNDED = 1e-6  # of the value itself, in float32
FAR = 5.0  # values beyond it are neither logits nor probabilities
SPREAD = 1.0  # standard deviation of the drawn outputs
LEAST_SHARE = 1e-3  # of the label smoothing and of the scale that are taken for real
TINY = 1e-7

Form = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class LossForm:
    """`kind` in torch's words, and what it expects.

    `on` is logits, probabilities, log_probabilities or values; squashed where it squashes logits
    itself before a loss that does so again. The loss is `scale` times the mean over the samples.
    `broadcast`: outputs and targets have shapes that are stretched against each other.
    """

    kind: str
    on: str
    scale: float = 1.0
    label_smoothing: float = 0.0
    broadcast: bool = False


@torch.no_grad()
def identify(loss_fn: LossFn, outputs: Tensor, targets: Tensor) -> LossForm | None:
    """The form of `loss_fn`, for outputs `[N, ...]` of that shape; None where none agrees."""
    drawn = _near(loss_fn, list(_drawn(outputs)), targets)
    for kind, on, form in _candidates(outputs, targets):
        asked = [torch.softmax(o, 1) if on == "probabilities" and _many(o) else o for o in drawn]
        if on == "probabilities" and not _many(outputs):
            asked = [torch.sigmoid(o) for o in drawn]
        try:
            said = torch.stack([loss_fn(o, targets).double().reshape(()) for o in asked])
            known = torch.stack([form(o, targets).double().reshape(()) for o in asked])
        except (RuntimeError, ValueError, IndexError, TypeError, AssertionError):
            continue
        if (scale := _multiple(said, known)) is not None:
            stretched = outputs.shape != targets.shape and kind.endswith("broadcast")
            return LossForm(kind.removesuffix(" broadcast"), on, scale, broadcast=stretched)
        if (
            on == "logits"
            and kind == "cross_entropy"
            and (smooth := _smoothing(said, known, asked)) is not None
        ):
            return LossForm(kind, on, smooth[0], smooth[1])
    return _shift_invariant(loss_fn, drawn, targets)


def is_labelled(outputs: Tensor, targets: Tensor) -> bool:
    """Outputs `[N, C, ...]`, C above 1, against whole labels `[N, ...]`."""
    return (
        not targets.is_floating_point()
        and outputs.ndim >= 2
        and targets.shape == outputs.shape[:1] + outputs.shape[2:]
        and outputs.shape[1] > 1
    )


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
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError):
        return drawn
    return near if known else drawn


def _candidates(outputs: Tensor, targets: Tensor) -> Iterator[tuple[str, str, Form]]:
    if is_labelled(outputs, targets):
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


def _multiple(said: Tensor, known: Tensor) -> float | None:
    """The factor between two rows of values, where it is one and the same."""
    if not (bool(said.isfinite().all()) and bool(known.isfinite().all())):
        return None
    factor = float((said * known).sum() / known.square().sum().clamp_min(TINY**2))
    off = (said - factor * known).abs().max()
    least = CLOSE * (said.max() - said.min()) + ROUNDED * said.abs().max()
    return factor if abs(factor) > LEAST_SHARE and float(off) <= float(least) else None


def _smoothing(said: Tensor, known: Tensor, asked: list[Tensor]) -> tuple[float, float] | None:
    """(scale, e): scale · ((1 − e) · cross entropy + e · mean of −log p over the classes)."""
    spread = torch.stack([-torch.log_softmax(o, 1).mean().double() for o in asked])
    parts = torch.stack([known, spread], dim=1)
    if not bool(said.isfinite().all()):
        return None
    found = torch.linalg.lstsq(parts, said.unsqueeze(1)).solution.flatten()
    off = (parts @ found - said).abs().max()
    least = CLOSE * (said.max() - said.min()) + ROUNDED * said.abs().max()
    scale = float(found.sum())
    if float(off) > float(least) or abs(scale) < LEAST_SHARE:
        return None
    share = float(found[1]) / scale
    return (scale, share) if 0 < share < 1 else None


def _shift_invariant(loss_fn: LossFn, drawn: list[Tensor], targets: Tensor) -> LossForm | None:
    """A softmax of some kind (weighted, focal): a sample's logits count by their differences."""
    if not is_labelled(drawn[0], targets):
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
