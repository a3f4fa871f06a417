"""Wines of three growers."""

from functools import cache
from pathlib import Path
from typing import Any

from sklearn.datasets import load_wine

from trainer.data import Dataset
from trainer.data._tensors import classified
from trainer.recipe.data import Wine as Settings


class Wine:
    """178 rows [N, 13] in the units of the table: scales differ by a factor of 1,000 and more."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the file."""
        raw = _table()
        return classified(raw.data, raw.target, tuple(map(str, raw.target_names)))


@cache
def _table() -> Any:
    """Parsed once per process, not once per trial."""
    return load_wine()
