"""Adam with decoupled weight decay."""

from torch import optim

from trainer.optimizers._making import Groups, made
from trainer.recipe.optimizers import Adamw as Settings


class Adamw:
    """Loshchilov and Hutter 2019, algorithm 2; the decay is multiplied by lr, as in torch."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def over(self, groups: Groups, *, decay: bool = True) -> optim.Optimizer:
        """`decay=False` leaves weight decay out."""
        chosen = self.settings
        return made(
            optim.AdamW,
            groups,
            chosen,
            decay=decay,
            betas=(chosen.beta1, chosen.beta2),
            eps=chosen.eps,
            fused=True,
        )
