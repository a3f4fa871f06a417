"""RMSprop."""

import torch
from torch import Tensor

from trainer.recipe.optimizers import Optimizer
from trainer.recipe.optimizers import Rmsprop as Settings
from trainer.stack.build import Blocks
from trainer.stack.optimizers import Named, Numbers, Row

SQUARES = "square_avg"  # torch's name for s


class Rmsprop:
    """s ← αs + (1 − α)g²; w ← w − lr·g/(√s + ε) (Tieleman and Hinton 2012, lecture 6.5)."""

    counts = True

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def kept(self, settings: Optimizer) -> tuple[str, ...]:
        return (SQUARES,)

    def numbers(self, settings: Named, lr: Numbers, t: Numbers) -> dict[str, Numbers]:
        alpha = settings["alpha"]
        return {"alpha": alpha, "rest": 1 - alpha, "eps": settings["eps"], "lr": lr}

    def update(self, weight: Tensor, gradient: Tensor, state: Blocks, now: Row) -> None:
        spare = gradient.square()
        squares = state[SQUARES].mul_(now["alpha"]).addcmul_(spare, now["rest"])
        below = torch.sqrt(squares, out=spare).add_(now["eps"])
        weight.addcmul_(gradient.div_(below), now["lr"], value=-1.0)
