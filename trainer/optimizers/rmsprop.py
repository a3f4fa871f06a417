"""RMSprop; torch has no fused form of it."""

from torch import optim

from trainer.optimizers._making import Groups, made
from trainer.recipe.optimizers import Rmsprop as Settings


class Rmsprop:
    """s ← αs + (1 − α)g²; w ← w − lr·g/(√s + ε) (Tieleman and Hinton 2012, lecture 6.5)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def over(self, groups: Groups, *, decay: bool = True) -> optim.Optimizer:
        """`decay=False` leaves weight decay out."""
        chosen = self.settings
        return made(optim.RMSprop, groups, chosen, decay=decay, alpha=chosen.alpha, eps=chosen.eps)
