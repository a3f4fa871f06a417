"""Independent draws: the strategy that nothing can mislead.

Bergstra and Bengio, *Random search for hyper-parameter optimization*, JMLR 13 (2012).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from service.search.direction import Direction
from service.search.strategy import Observed, Strategy
from trainer.recipe import Point, Space, point_at


class Random(Strategy):
    """Each setting drawn alone from its distribution, log scales by magnitude."""

    name: Literal["random"] = "random"

    def size(self, space: Space) -> int | None:
        return None

    def check(self, space: Space) -> None:
        """Any space will do."""

    def propose(
        self,
        space: Space,
        ordinals: Sequence[int],
        observed: Sequence[Observed],
        direction: Direction,
    ) -> list[Point]:
        return [point_at(space, self._quantiles(ordinal, len(space))) for ordinal in ordinals]

    def _quantiles(self, ordinal: int, paths: int) -> list[float]:
        # A generator per ordinal, not one stream: the order and the batches in which points are
        # asked for do not matter. spawn_key is numpy's way to independent streams of one seed.
        stream = np.random.SeedSequence(self.seed, spawn_key=(ordinal,))
        return [float(u) for u in np.random.default_rng(stream).random(paths)]
