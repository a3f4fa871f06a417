"""Stochastic gradient descent."""

from torch import Tensor

from trainer.recipe.optimizers import Optimizer
from trainer.recipe.optimizers import Sgd as Settings
from trainer.stack.build import Blocks
from trainer.stack.optimizers import Named, Numbers, Row
from trainer.stack.optimizers._velocity import VELOCITY, descend, numbers


class Sgd:
    """w ← w − lr·g, with momentum or Nesterov's where the settings have it; see `_velocity`."""

    counts = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def kept(self, settings: Optimizer) -> tuple[str, ...]:
        return (VELOCITY,) if getattr(settings, "momentum", 0.0) else ()

    def numbers(self, settings: Named, lr: Numbers, t: Numbers) -> dict[str, Numbers]:
        return numbers(settings, lr)

    def update(self, weight: Tensor, gradient: Tensor, state: Blocks, now: Row) -> None:
        descend(weight, gradient, state, now, nesterov=self.settings.nesterov)
