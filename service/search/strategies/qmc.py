"""Quasi-random points: like random search, but evenly spread.

Scrambled Sobol points (Owen, *Scrambling Sobol' and Niederreiter-Xing points*, J. Complexity 14,
1998) fill the space at every length of the sequence, best at powers of two.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from service.search.direction import Direction
from service.search.strategy import Observed, SearchError, Strategy
from trainer.recipe import Point, Space, point_at

if TYPE_CHECKING:
    from scipy.stats.qmc import Sobol

# Direction numbers exist for so many paths (Joe and Kuo 2008); as scipy.stats.qmc.Sobol.MAXDIM,
# written here so that checking a study does not import scipy.
MOST_PATHS = 21_201
BITS = 30  # per coordinate; the sequence has 2³⁰ points


class Qmc(Strategy):
    """Point i is the i-th of the Sobol sequence that `seed` scrambles."""

    name: Literal["qmc"] = "qmc"

    def size(self, space: Space) -> int | None:
        self.check(space)
        return None

    def check(self, space: Space) -> None:
        if len(space) > MOST_PATHS:
            raise SearchError(
                "space", len(space), f"qmc searches at most {MOST_PATHS} paths, not {len(space)}"
            )

    def propose(
        self,
        space: Space,
        ordinals: Sequence[int],
        observed: Sequence[Observed],
        direction: Direction,
    ) -> list[Point]:
        self.check(space)
        if not space:
            return [{} for _ in ordinals]
        if any(ordinal >= 2**BITS for ordinal in ordinals):
            raise SearchError("trials", max(ordinals), f"qmc has 2^{BITS} points")
        sobol = self._sequence(len(space))
        found = {}
        for start, length in _runs(ordinals):
            for offset, row in enumerate(_rows(sobol, start, length)):
                found[start + offset] = row
        return [point_at(space, found[ordinal]) for ordinal in ordinals]

    def _sequence(self, paths: int) -> "Sobol":
        import numpy as np
        from scipy.stats.qmc import Sobol  # long to import: only when points are asked for

        return Sobol(paths, scramble=True, bits=BITS, rng=np.random.default_rng(self.seed))


def _runs(ordinals: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(start, length) of the runs of consecutive numbers, rising."""
    for _, run in groupby(enumerate(sorted(set(ordinals))), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        yield numbers[0], len(numbers)


def _rows(sobol: "Sobol", start: int, length: int) -> list[list[float]]:
    """Rows start … start + length − 1 of a sequence that has not passed `start`.

    Skipping makes no rows, so that a late point needs no table of those before it.
    """
    if start > sobol.num_generated:
        sobol.fast_forward(start - sobol.num_generated)
    # scipy warns where the first draw is no power of two; one row always is.
    first = sobol.random(1).tolist()
    return [*first, *sobol.random(length - 1).tolist()]
