"""Adam with decoupled weight decay."""

from collections.abc import Iterable

from torch import nn, optim

from trainer.recipe.optimizers import Adamw as Settings


class Adamw:
    """Loshchilov and Hutter 2019, algorithm 2; the decay is multiplied by lr, as in torch."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def over(self, parameters: Iterable[nn.Parameter], *, decay: bool = True) -> optim.Optimizer:
        """`decay=False` leaves weight decay out."""
        chosen = self.settings
        return optim.AdamW(
            parameters,
            lr=chosen.lr,
            betas=(chosen.beta1, chosen.beta2),
            eps=chosen.eps,
            weight_decay=chosen.weight_decay if decay else 0.0,
            fused=True,
        )
