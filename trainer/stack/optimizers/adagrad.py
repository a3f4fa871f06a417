"""Adaptive subgradient descent."""

from torch import Tensor

from trainer.recipe.optimizers import Adagrad as Settings
from trainer.recipe.optimizers import Optimizer
from trainer.stack.build import Blocks
from trainer.stack.optimizers import Named, Numbers, Row

SQUARES = "sum"  # torch's name for s


class Adagrad:
    """s ← s + g²; w ← w − lr·g/(√s + ε) (Duchi et al. 2011, figure 1, the diagonal form)."""

    counts = True

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def kept(self, settings: Optimizer) -> tuple[str, ...]:
        return (SQUARES,)

    def numbers(self, settings: Named, lr: Numbers, t: Numbers) -> dict[str, Numbers]:
        return {"eps": settings["eps"], "lr": lr}

    def update(self, weight: Tensor, gradient: Tensor, state: Blocks, now: Row) -> None:
        below = state[SQUARES].addcmul_(gradient, gradient).sqrt().add_(now["eps"])
        weight.addcmul_(gradient.div_(below), now["lr"], value=-1.0)
