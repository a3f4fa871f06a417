"""Adam's two moments and the step they make (Kingma and Ba 2015, algorithm 1).

m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − lr · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε), t the
trial's own step.
"""

import numpy as np
import torch
from torch import Tensor

from trainer.recipe.optimizers import Optimizer
from trainer.stack.build import Blocks
from trainer.stack.optimizers import Named, Numbers, Row

FIRST, SECOND = "exp_avg", "exp_avg_sq"  # torch's names for m and v


class Moments:
    """The rule of Adam and AdamW, which differ in how weights decay."""

    counts = True

    def __init__(self, settings: Optimizer) -> None:
        pass  # all of them are numbers of each trial's own

    def kept(self, settings: Optimizer) -> tuple[str, ...]:
        """m and v."""
        return FIRST, SECOND

    def numbers(self, settings: Named, lr: Numbers, t: Numbers) -> dict[str, Numbers]:
        """With both corrections for the start at zero worked in."""
        beta1, beta2 = settings["beta1"], settings["beta2"]
        return {
            "rest1": 1 - beta1,
            "beta2": beta2,
            "rest2": 1 - beta2,
            "root": np.sqrt(1 - beta2**t),
            "eps": settings["eps"],
            "rate": lr / (1 - beta1**t),
        }

    def update(self, weight: Tensor, gradient: Tensor, state: Blocks, now: Row) -> None:
        """In place; the gradient's memory takes every step in between."""
        first = state[FIRST].lerp_(gradient, now["rest1"])
        second = state[SECOND].mul_(now["beta2"]).addcmul_(gradient.square_(), now["rest2"])
        below = torch.sqrt(second, out=gradient).div_(now["root"]).add_(now["eps"])
        weight.addcmul_(torch.div(first, below, out=below), now["rate"], value=-1.0)
