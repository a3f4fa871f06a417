"""Nesterov's accelerated gradient."""

from torch import optim

from trainer.optimizers._making import Groups, made
from trainer.recipe.optimizers import Nesterov as Settings


class Nesterov:
    """v ← μv + g; w ← w − lr(g + μv) (Sutskever et al. 2013, eq. 3 and 4, in torch's form)."""

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
            nesterov=True,
            fused=True,
        )
