"""What an optimizer and a loss function say of themselves."""

from typing import Any

import torch
from torch.optim import Optimizer

from diagnostics.history import Facts
from diagnostics.probes.initial import LossFn

LOSSES = {  # how torch's losses are called in `Facts.loss`
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "BCEWithLogitsLoss": "binary_cross_entropy",
    "BCELoss": "binary_cross_entropy",
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "binary_cross_entropy_with_logits": "binary_cross_entropy",
}


def facts_of(optimizer: Optimizer | None, loss_fn: LossFn | None) -> Facts:
    """From the first parameter group, and from a loss of torch's own."""
    loss, smoothing = _loss_name(loss_fn), float(getattr(loss_fn, "label_smoothing", 0.0))
    if optimizer is None:
        return Facts(loss=loss, label_smoothing=smoothing)
    group = optimizer.param_groups[0]
    return Facts(
        loss=loss,
        label_smoothing=smoothing,
        optimizer=type(optimizer).__name__.lower(),
        lr=_setting(group.get("initial_lr", group["lr"])),  # a scheduler keeps the first one here
        weight_decay=_setting(group.get("weight_decay")),
        momentum=_setting(group.get("momentum")),
    )


def _setting(value: Any) -> float | None:
    return None if value is None else float(value)


def _loss_name(loss_fn: LossFn | None) -> str | None:
    """Only torch's own losses have a name that says what they compute."""
    name = getattr(loss_fn, "__name__", type(loss_fn).__name__)
    ours = getattr(loss_fn, "__module__", "")
    return LOSSES.get(name, name) if str(ours).startswith(torch.nn.__name__) else None
