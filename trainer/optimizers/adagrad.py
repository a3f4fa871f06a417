"""Adaptive subgradient descent."""

from torch import optim

from trainer.optimizers._making import Groups, made
from trainer.recipe.optimizers import Adagrad as Settings


class Adagrad:
    """s ← s + g²; w ← w − lr·g/(√s + ε) (Duchi et al. 2011, figure 1, the diagonal form)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def over(self, groups: Groups, *, decay: bool = True) -> optim.Optimizer:
        """`decay=False` leaves weight decay out."""
        chosen = self.settings
        return made(optim.Adagrad, groups, chosen, decay=decay, eps=chosen.eps, fused=True)
