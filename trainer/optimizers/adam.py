"""Adam."""

from torch import optim

from trainer.optimizers._making import Groups, made
from trainer.recipe.optimizers import Adam as Settings


class Adam:
    """Kingma and Ba 2015, algorithm 1; with decoupled decay it is AdamW."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def over(self, groups: Groups, *, decay: bool = True) -> optim.Optimizer:
        """`decay=False` leaves weight decay out."""
        chosen = self.settings
        return made(
            optim.AdamW if chosen.decay == "decoupled" else optim.Adam,
            groups,
            chosen,
            decay=decay,
            betas=(chosen.beta1, chosen.beta2),
            eps=chosen.eps,
            fused=True,
        )
