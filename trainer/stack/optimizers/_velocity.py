"""Gradient descent with and without momentum, in torch's form: lr stands outside of v.

v ← μv + g; w ← w − lr·v, or w − lr(g + μv) (Sutskever et al. 2013, eq. 1 to 4). From v = 0 the
first v is g, as in torch.
"""

import torch
from torch import Tensor

from trainer.stack.build import Blocks
from trainer.stack.optimizers import Named, Numbers, Row

VELOCITY = "momentum_buffer"  # torch's name for v


def numbers(settings: Named, lr: Numbers) -> dict[str, Numbers]:
    """lr and μ."""
    return {"lr": lr, "momentum": settings["momentum"]}


def descend(
    weight: Tensor, gradient: Tensor, state: Blocks, now: Row, *, nesterov: bool = False
) -> None:
    """In place, without a tensor of its own. Without a velocity it is plain descent."""
    direction = gradient
    if VELOCITY in state:
        velocity = state[VELOCITY]
        torch.addcmul(gradient, velocity, now["momentum"], out=velocity)
        direction = gradient.addcmul_(velocity, now["momentum"]) if nesterov else velocity
    weight.addcmul_(direction, now["lr"], value=-1.0)
