"""Adam."""

from torch import Tensor

from trainer.recipe.optimizers import Adam as Settings
from trainer.recipe.optimizers import Optimizer
from trainer.stack.build import Blocks
from trainer.stack.optimizers import Named, Numbers, Row
from trainer.stack.optimizers._moments import FIRST, SECOND, descend, numbers


class Adam:
    """Kingma and Ba 2015, algorithm 1; see `_moments`."""

    counts = True

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def kept(self, settings: Optimizer) -> tuple[str, ...]:
        return FIRST, SECOND

    def numbers(self, settings: Named, lr: Numbers, t: Numbers) -> dict[str, Numbers]:
        return numbers(settings, lr, t)

    def update(self, weight: Tensor, gradient: Tensor, state: Blocks, now: Row) -> None:
        descend(weight, gradient, state, now)
