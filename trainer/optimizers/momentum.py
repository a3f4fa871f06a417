"""SGD with momentum."""

from torch import optim

from trainer.optimizers._making import Groups, made
from trainer.recipe.optimizers import Momentum as Settings


class Momentum:
    """v ← μv + g; w ← w − lr·v (Polyak 1964, in torch's form: lr stands outside of v)."""

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
            fused=True,
        )
