"""Up to the lr, and down again."""

import math

from trainer.recipe.schedules import OneCycle as Settings


class OneCycle:
    """From 1/start_divisor to 1 at the share `peak`, then to 1/end_divisor (Smith 2018, §3)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def at(self, t: int, total: int) -> float:
        """The factor at step t of `total`."""
        chosen = self.settings
        done = t / total
        if done < chosen.peak:
            return self._between(1.0 / chosen.start_divisor, 1.0, done / chosen.peak)
        falling = (done - chosen.peak) / (1.0 - chosen.peak)
        return self._between(1.0, 1.0 / chosen.end_divisor, falling)

    def _between(self, first: float, last: float, share: float) -> float:
        """`first` at share 0, `last` at share 1."""
        if self.settings.anneal == "cosine":
            share = (1.0 - math.cos(math.pi * share)) / 2.0
        return first + (last - first) * share
