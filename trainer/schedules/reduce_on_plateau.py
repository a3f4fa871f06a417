"""Drops when the validation loss no longer falls."""

import math

from trainer.recipe.schedules import ReduceOnPlateau as Settings


class ReduceOnPlateau:
    """factorᵐ, m the number of times that `patience` ran out; as torch's ReduceLROnPlateau."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._best = math.inf
        self._stale = 0  # epochs since the best, or since the last drop
        self._drops = 0

    def at(self, t: int, total: int) -> float:
        """The factor now: `see` decides it, not the step."""
        return float(self.settings.factor**self._drops)

    def see(self, val_loss: float) -> None:
        """Once an epoch. A loss that is nan is no better than any."""
        if val_loss < self._best - self.settings.min_delta:
            self._best, self._stale = val_loss, 0
        else:
            self._stale += 1
        if self._stale > self.settings.patience:
            self._drops, self._stale = self._drops + 1, 0

    def state(self) -> dict[str, float | None]:
        """`best` is None before the first finite loss: JSON has no infinity."""
        best = self._best if math.isfinite(self._best) else None
        return {"best": best, "stale": self._stale, "drops": self._drops}

    def restore(self, state: dict[str, float | None]) -> None:
        """Raises KeyError where this is no state of ours."""
        best = state["best"]
        self._best = math.inf if best is None else best
        self._stale, self._drops = int(state["stale"] or 0), int(state["drops"] or 0)
