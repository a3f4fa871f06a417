"""Scalar signals over the epochs of training, from 1, where they were finite."""

import math
from collections.abc import Mapping
from typing import Any

from diagnostics.history import History
from diagnostics.reading import Reader


class Curve:
    """`values` by epoch, ascending, from `first` to `last`; 0 and nan stand for none.

    `newest` is the value of the last epoch, `lowest` that of the epoch `best`.
    """

    def __init__(self) -> None:
        self.values: dict[int, float] = {}
        self.first = self.last = self.best = 0
        self.newest = self.lowest = math.nan

    def add(self, epoch: int, value: float) -> None:
        """A later one."""
        if not self.values:
            self.first, self.best, self.lowest = epoch, epoch, value
        elif value < self.lowest:
            self.best, self.lowest = epoch, value
        self.values[epoch] = value
        self.last, self.newest = epoch, value


class Scalar(Reader):
    """`curve` of a scalar signal; `broken`: there were values that are not finite."""

    def __init__(self, name: str) -> None:
        self.curve = Curve()
        self.broken = False
        self._name = name

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        if epoch == 0 or self._name not in row:
            return
        value = finite_number(row[self._name])
        if value is None:
            self.broken = True
        else:
            self.curve.add(epoch, value)


class Levels(Reader):
    """`curve` of the training loss, or of the validation loss where that is smaller."""

    def __init__(self) -> None:
        self.curve = Curve()

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        loss = finite_number(row.get("train_loss"))
        if epoch > 0 and loss is not None:
            validation = finite_number(row.get("val_loss"))
            self.curve.add(epoch, loss if validation is None else min(loss, validation))


def curve(history: History, name: str) -> Curve:
    """Of a scalar signal."""
    return history.reader(Scalar, name).curve


def loss_levels(history: History) -> Curve:
    """Training loss, or validation loss where that is smaller (a burst lifts only one)."""
    return history.reader(Levels).curve


def always_finite(history: History, name: str) -> bool:
    """Whether a scalar signal was finite wherever it was recorded."""
    return not history.reader(Scalar, name).broken


def finite_number(value: Any) -> float | None:
    """A scalar as it was recorded, None where it is none or not finite."""
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
