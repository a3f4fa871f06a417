"""Tree-structured Parzen estimator: points where good trials are dense and bad ones are not.

Bergstra et al., *Algorithms for hyper-parameter optimization*, NeurIPS 2011; in Optuna's
multivariate form (Falkner et al., *BOHB*, ICML 2018, §3.2).
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from service.search.direction import Direction
from service.search.replay import ask
from service.search.strategy import Observed, Strategy
from trainer.recipe import Point, Space


class Tpe(Strategy):
    """Random until `startup_trials` have ended, then the best of `candidates` by density ratio.

    Both defaults are Optuna's. Trials that are not over count as bad (Optuna's constant liar), so
    that points asked for at once lie apart. The same seed, ordinals and observations give the
    same points.
    """

    name: Literal["tpe"] = "tpe"
    startup_trials: int = Field(default=10, ge=1, le=100_000)
    candidates: int = Field(default=24, ge=1, le=100_000)
    needs_history: ClassVar[bool] = True

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
        if not ordinals:
            return []
        from optuna.samplers import TPESampler  # on first use, see replay.py

        sampler = TPESampler(
            seed=self._seed_for(ordinals[0]),
            n_startup_trials=self.startup_trials,
            n_ei_candidates=self.candidates,
            multivariate=True,
            constant_liar=True,
        )
        return ask(sampler, space, observed, direction, len(ordinals))

    def _seed_for(self, ordinal: int) -> int:
        stream = np.random.SeedSequence(self.seed, spawn_key=(ordinal,))
        return int(stream.generate_state(1)[0])
