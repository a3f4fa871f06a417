"""Falls with the root of the step."""

import math

from trainer.recipe.schedules import InverseSqrt as Settings


class InverseSqrt:
    """√(w/(w + t)), w the steps of the warm-up and t those after it (Vaswani et al. 2017, eq. 3).

    The paper's rate, d^−½ · min(s^−½, s·w^−1.5) at step s, with lr for its peak (dw)^−½. It counts
    steps from 1, and so is at its peak once; here lr holds for the last step of the warm-up and
    the first after it, as with all schedules.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def at(self, t: int, total: int) -> float:
        """The factor t steps after the warm-up, `total` being the steps that it left."""
        share = self.settings.warmup
        warmup = max(1.0, total * share / (1.0 - share))
        return math.sqrt(warmup / (warmup + t))
