"""The loss of the best prediction that ignores the inputs, and that of one that knows nothing.

Class shares for classes (their entropy), the mean for squares, the median for absolute errors. The
value is the run's own loss function of that prediction, so that weights, smoothing and sums count.
"""

import math

import torch
from torch import Tensor

from diagnostics.probes.initial import LossFn, classes
from diagnostics.probes.loss_form import LossForm

EDGE = 1e-6  # shares are kept so far from 0 and 1
SEARCH_STEPS = 200  # of the search for a loss without a closed form
SEARCH_LR = 0.05
FAR = 5.0  # values beyond it are no logits: the search begins at their mean


def baseline_loss(
    loss_fn: LossFn, form: LossForm | None, outputs: Tensor, targets: Tensor
) -> float:
    """Of the best constant outputs; nan where the loss refuses them. `outputs` give the shape."""
    best = _best_constant(form, outputs, targets)
    try:
        if best is None:
            return _searched(loss_fn, outputs, targets)
        with torch.no_grad():
            return float(loss_fn(best.expand(outputs.shape).contiguous(), targets))
    except (RuntimeError, ValueError, IndexError, TypeError):
        return math.nan


@torch.no_grad()
def blank_loss(loss_fn: LossFn, form: LossForm | None, outputs: Tensor, targets: Tensor) -> float:
    """Of outputs that say nothing: logits or values 0, equal probabilities."""
    blank = torch.zeros_like(outputs)
    if form is not None and form.on != "logits" and form.on != "values":
        classes = outputs.shape[1] if outputs.ndim >= 2 else 1
        share = 1 / classes if classes > 1 else 0.5
        blank += math.log(share) if form.on == "log_probabilities" else share
    try:
        return float(loss_fn(blank, targets))
    except (RuntimeError, ValueError, IndexError, TypeError):
        return math.nan


def _best_constant(form: LossForm | None, outputs: Tensor, targets: Tensor) -> Tensor | None:
    """Broadcastable to the outputs."""
    if form is None:
        return None
    if classes(outputs, targets) is not None:
        return _by_class(form, outputs, targets)
    values = targets.reshape(outputs.shape).to(outputs.dtype) if _alike(outputs, targets) else None
    if values is None:
        return None
    if form.kind == "l1_loss":
        return values.median(dim=0, keepdim=True).values
    middle = values.mean(dim=0, keepdim=True)
    if form.kind == "binary_cross_entropy":
        share = middle.clamp(EDGE, 1 - EDGE)
        return share if form.on == "probabilities" else share.logit()
    if form.kind == "poisson_nll_loss":
        return middle.clamp_min(EDGE).log()
    return middle if form.kind == "mse_loss" else None


def _by_class(form: LossForm, outputs: Tensor, targets: Tensor) -> Tensor | None:
    classes = outputs.shape[1]
    labels = targets[(targets >= 0) & (targets < classes)]  # the loss leaves the others out
    counts = torch.bincount(labels, minlength=classes)
    shares = (counts / counts.sum()).to(outputs.dtype)
    e = form.label_smoothing
    shares = ((1 - e) * shares + e / classes).clamp_min(EDGE)
    shares = shares.reshape(1, classes, *[1] * (outputs.ndim - 2))
    if form.kind in ("cross_entropy", "nll_loss"):
        return shares if form.on == "probabilities" else shares.log()
    return shares if form.kind == "mse_onehot" else None


def _alike(outputs: Tensor, targets: Tensor) -> bool:
    return outputs.numel() == targets.numel()


@torch.enable_grad()
def _searched(loss_fn: LossFn, outputs: Tensor, targets: Tensor) -> float:
    start, width = torch.zeros_like(outputs[:1]), 1.0
    if targets.is_floating_point() and targets.numel() == outputs.numel() and len(targets) > 1:
        values = targets.reshape(outputs.shape).to(outputs.dtype)
        width = max(width, float(values.std(0).max()))
        start = values.mean(0, keepdim=True) if float(values.abs().max()) > FAR else start
    constant = start.clone().requires_grad_()
    search = torch.optim.Adam([constant], lr=SEARCH_LR * width)
    best = math.inf
    for _ in range(SEARCH_STEPS):
        search.zero_grad()
        loss = loss_fn(constant.expand(outputs.shape), targets)
        torch.autograd.backward(loss)
        best = min(best, loss.item())
        search.step()
    return best if math.isfinite(best) else math.nan
