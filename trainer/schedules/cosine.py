"""Half a cosine, from the lr to zero."""

import math

from trainer.recipe.schedules import Cosine as Settings


class Cosine:
    """½(1 + cos(πt/T)) (Loshchilov and Hutter 2017, eq. 5, without restarts)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def at(self, t: int, total: int) -> float:
        """The factor at step t of `total`."""
        return 0.5 * (1.0 + math.cos(math.pi * t / total))
