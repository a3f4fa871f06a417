"""Optimizers, one per file: `over(groups)` makes the torch optimizer.

They run fused where torch can, on the CPU too: one call for the parameters of a group, where the
other two implementations make several.

In every step the loop sets each group's lr to `lr · lr_scale`, then `clip`s between backward and
step. An optimizer keeps nothing beside torch's own state.
"""

from collections.abc import Callable
from typing import Any

from torch import nn, optim

from trainer.recipe.optimizers import Optimizer


def groups(
    module: nn.Module, settings: Optimizer, *, lr_scale: Callable[[str], float] | None = None
) -> list[dict[str, Any]]:
    """The trainable parameters as torch's groups, those of one decay and one lr together.

    `lr_scale` gives the factor on lr for a parameter's name, `layer1.0.weight`; None: 1 for all.
    Where the settings spare biases and norms, those are what has at most one dimension.
    """
    found: dict[tuple[bool, float], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            decayed = settings.decay_all or parameter.ndim > 1
            scale = 1.0 if lr_scale is None else lr_scale(name)
            found.setdefault((decayed, scale), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.lr * scale,
            "lr_scale": scale,
            "weight_decay": settings.weight_decay if decayed else 0.0,
        }
        for (decayed, scale), parameters in found.items()
    ]


def clip(optimizer: optim.Optimizer, settings: Optimizer) -> None:
    """Between backward and step: each gradient's numbers, then the norm of all gradients together.

    Pascanu et al. 2013, algorithm 1: g ← g · min(1, c/‖g‖). Never waits for the device; what is
    not finite stays so.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if settings.clip_value is not None:
        nn.utils.clip_grad_value_(parameters, settings.clip_value)
    if settings.clip_norm is not None:
        nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
