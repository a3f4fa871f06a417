"""Stochastic gradient descent."""

from torch import optim

from trainer.optimizers._making import Groups, made
from trainer.recipe.optimizers import Sgd as Settings


class Sgd:
    """b ← μb + g; w ← w − lr·b, or w − lr(g + μb) with Nesterov (Sutskever et al. 2013)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def over(self, groups: Groups, *, decay: bool = True) -> optim.Optimizer:
        """`decay=False` leaves weight decay out."""
        chosen = self.settings
        return made(
            optim.SGD,
            groups,
            chosen,
            decay=decay,
            momentum=chosen.momentum,
            nesterov=chosen.nesterov,
            fused=True,
        )
