"""SGD with momentum."""

from collections.abc import Iterable

from torch import nn, optim

from trainer.recipe.optimizers import Sgd as Settings


class Sgd:
    """b ← μb + g + λw; w ← w − αb (Sutskever et al. 2013, in torch's form; λ is L2)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def over(self, parameters: Iterable[nn.Parameter], *, decay: bool = True) -> optim.Optimizer:
        """`decay=False` leaves weight decay out."""
        chosen = self.settings
        return optim.SGD(
            parameters,
            lr=chosen.lr,
            momentum=chosen.momentum,
            weight_decay=chosen.weight_decay if decay else 0.0,
            nesterov=chosen.nesterov,
            fused=True,
        )
