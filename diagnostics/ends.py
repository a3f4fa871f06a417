"""Where the layers began and where they are now, without what lies between."""

import math
from collections.abc import Mapping
from typing import Any

from diagnostics.history import History
from diagnostics.reading import Reader


class Ends:
    """Of one number per layer over the epochs; nan where it was not finite."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        self._later: dict[str, float] = {}

    def add(self, layer: str, value: float) -> None:
        """A newer one."""
        ends = self._later if layer in self.first else self.first
        ends[layer] = value

    @property
    def last(self) -> dict[str, float]:
        """The newest of each layer."""
        return self.first | self._later

    @property
    def left(self) -> dict[str, float]:
        """What is left of the first one, for each layer that has two or more and began above 0."""
        first = self.first
        return {layer: now / first[layer] for layer, now in self._later.items() if first[layer] > 0}

    @property
    def shares(self) -> list[float]:
        """The same without the layers' names."""
        return list(self.left.values())


class LayerEnds(Reader):
    """`ends` of a per-layer signal."""

    def __init__(self, signal: str) -> None:
        self.ends = Ends()
        self._signal = signal

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        values = row.get(self._signal)
        for layer, value in values.items() if isinstance(values, dict) else ():
            self.ends.add(layer, math.nan if value is None else float(value))


def ends(history: History, signal: str) -> Ends:
    """Of a per-layer signal."""
    return history.reader(LayerEnds, signal).ends
