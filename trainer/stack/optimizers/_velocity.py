"""Gradient descent with and without momentum, in torch's form: lr stands outside of v.

v ← μv + g; w ← w − lr·v, or w − lr(g + μv) (Sutskever et al. 2013, eq. 1 to 4). From v = 0 the
first v is g, as in torch.
"""

import torch
from torch import Tensor

from trainer.recipe.optimizers import Nesterov, Optimizer
from trainer.stack.build import Blocks
from trainer.stack.optimizers import Named, Numbers, Row

VELOCITY = "momentum_buffer"  # torch's name for v


class Velocity:
    """The rule of SGD, momentum and Nesterov's; `settings` say which of them."""

    counts = False

    def __init__(self, settings: Optimizer) -> None:
        self._ahead = isinstance(settings, Nesterov) or bool(getattr(settings, "nesterov", False))

    def kept(self, settings: Optimizer) -> tuple[str, ...]:
        """v, where the trial has momentum."""
        return (VELOCITY,) if getattr(settings, "momentum", 0.0) else ()

    def numbers(self, settings: Named, lr: Numbers, t: Numbers) -> dict[str, Numbers]:
        """lr and μ."""
        return {"lr": lr, "momentum": settings["momentum"]}

    def update(self, weight: Tensor, gradient: Tensor, state: Blocks, now: Row) -> None:
        """In place, without a tensor of its own. Without a velocity it is plain descent."""
        direction = gradient
        if VELOCITY in state:
            velocity = state[VELOCITY]
            torch.addcmul(gradient, velocity, now["momentum"], out=velocity)
            ahead = self._ahead
            direction = gradient.addcmul_(velocity, now["momentum"]) if ahead else velocity
        weight.addcmul_(direction, now["lr"], value=-1.0)
