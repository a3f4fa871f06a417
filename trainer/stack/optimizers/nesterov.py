"""Nesterov's accelerated gradient."""

from torch import Tensor

from trainer.recipe.optimizers import Nesterov as Settings
from trainer.recipe.optimizers import Optimizer
from trainer.stack.build import Blocks
from trainer.stack.optimizers import Named, Numbers, Row
from trainer.stack.optimizers._velocity import VELOCITY, descend, numbers


class Nesterov:
    """v ← μv + g; w ← w − lr(g + μv) (Sutskever et al. 2013, eq. 3 and 4); see `_velocity`."""

    counts = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def kept(self, settings: Optimizer) -> tuple[str, ...]:
        return (VELOCITY,) if getattr(settings, "momentum", 0.0) else ()

    def numbers(self, settings: Named, lr: Numbers, t: Numbers) -> dict[str, Numbers]:
        return numbers(settings, lr)

    def update(self, weight: Tensor, gradient: Tensor, state: Blocks, now: Row) -> None:
        descend(weight, gradient, state, now, nesterov=True)
