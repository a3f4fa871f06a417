"""The plane of two axes under a study's trials: the objective between them, and where they break.

Everything here is in shares of the drawn width `u` and height `v`, so that a log axis, a linear
one and their units make no difference.
"""

from dataclasses import dataclass

import numpy as np

from service.dashboard.figures.columns import Mask, Numbers

CELLS = (48, 36)  # of the grid that is interpolated on
FEWEST = 8  # trials, below which nothing is interpolated
SMOOTHING = 0.03  # how far the surface may leave a trial, as a share of the plot: seed noise
REACH = (0.12, 0.25)  # of the plot: how far from a trial something is said, at least and at most
NEIGHBOURS = (5, 60)  # trials asked whether a place is infeasible: the root of their number


@dataclass(frozen=True)
class Ground:
    """N trials that have ended: places, objective (nan where there is none), and which broke."""

    u: Numbers
    v: Numbers
    value: Numbers
    infeasible: Mask

    def surface(self, low: float, high: float) -> Numbers | None:
        """The objective between complete trials, from `low` to `high`; [36, 48], nan where no
        trial is near. None where there is too little to go by.

        Linear radial basis functions: they hardly overshoot. They cost the cube of N.
        """
        from scipy.interpolate import RBFInterpolator

        solid = ~self.infeasible & ~np.isnan(self.value)
        if solid.sum() < FEWEST or not high > low:
            return None
        places, values = self._places(solid), np.clip(self.value[solid], low, high)
        spline = RBFInterpolator(
            places, (values - low) / (high - low), kernel="linear", smoothing=SMOOTHING, degree=0
        )
        found = low + np.clip(spline(_grid()), 0.0, 1.0) * (high - low)
        near = _distance(places, _grid()) <= _reach(places)
        return np.where(near, found, np.nan).reshape(CELLS[::-1])

    def broken(self) -> Numbers | None:
        """The share of infeasible trials among the nearest; [36, 48], 0 where no trial is near.

        Near ones weigh more. None where fewer than two are infeasible.
        """
        from scipy.spatial import KDTree

        if len(self.u) < FEWEST or self.infeasible.sum() < 2:
            return None
        places = self._places(np.ones(len(self.u), dtype=bool))
        asked = int(np.clip(np.sqrt(len(places)) / 2, *NEIGHBOURS))
        distance, index = KDTree(places).query(_grid(), k=asked)
        weight = np.exp(-((2 * distance / np.maximum(distance[:, -1:], 1e-9)) ** 2))
        share = (weight * self.infeasible[index]).sum(1) / weight.sum(1)
        near = _distance(places[self.infeasible], _grid()) <= REACH[1]
        return np.where(near, share, 0.0).reshape(CELLS[::-1])

    def _places(self, which: Mask) -> Numbers:
        return np.column_stack([self.u[which], self.v[which]])


def nodes() -> tuple[Numbers, Numbers]:
    """Where the grid's columns and rows lie, edges included."""
    return np.linspace(0, 1, CELLS[0]), np.linspace(0, 1, CELLS[1])


def _grid() -> Numbers:
    across, down = np.meshgrid(*nodes())
    return np.column_stack([across.ravel(), down.ravel()])


def _distance(places: Numbers, asked: Numbers) -> Numbers:
    """From each asked place to the nearest of the others. [M]"""
    from scipy.spatial import KDTree

    distance: Numbers = KDTree(places).query(asked)[0]
    return distance


def _reach(places: Numbers) -> float:
    """Four times the usual distance between neighbours, within bounds."""
    from scipy.spatial import KDTree

    spacing = KDTree(places).query(places, k=2)[0][:, 1]
    return float(np.clip(4 * np.median(spacing), *REACH))
