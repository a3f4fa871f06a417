"""How every optimizer is made of torch's: which weights it decays, and how.

torch's `weight_decay` is L2, but for AdamW's. The decay that is decoupled is w ← w·(1 − lr·λ)
before the step, lr being the schedule's (Loshchilov and Hutter 2019, algorithm 1).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn, optim

from trainer.recipe.optimizers import Optimizer

Groups = Iterable[nn.Parameter] | Iterable[dict[str, Any]]


def made(
    kind: Callable[..., optim.Optimizer],
    groups: Groups,
    chosen: Optimizer,
    *,
    decay: bool,
    **constants: Any,
) -> optim.Optimizer:
    """torch's optimizer of these parameters or groups; those that are frozen are left out.

    `decay=False` leaves weight decay out, whatever the groups say.
    """
    listed = [{"lr_scale": 1.0, "weight_decay": chosen.weight_decay} | g for g in _grouped(groups)]
    if not decay:
        listed = [group | {"weight_decay": 0.0} for group in listed]
    if chosen.decay == "l2" or kind is optim.AdamW:
        return kind(listed, lr=chosen.lr, **constants)
    apart = [group | {"weight_decay": 0.0, "shrink": group["weight_decay"]} for group in listed]
    optimizer = kind(apart, lr=chosen.lr, **constants)
    optimizer.register_step_pre_hook(_shrink)
    return optimizer


def _grouped(groups: Groups) -> list[dict[str, Any]]:
    parameters, listed = [], []
    for each in groups:
        if isinstance(each, Mapping):
            listed.append({**each, "params": _trainable(each["params"])})
        else:
            parameters.append(each)
    return [*listed, {"params": _trainable(parameters)}] if parameters else listed


def _trainable(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    return [parameter for parameter in parameters if parameter.requires_grad]


@torch.no_grad()
def _shrink(optimizer: optim.Optimizer, _args: object, _kwargs: object) -> None:
    """As torch's step, it leaves parameters without a gradient alone."""
    for group in optimizer.param_groups:
        if group["shrink"]:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.mul_(1.0 - group["lr"] * group["shrink"])
