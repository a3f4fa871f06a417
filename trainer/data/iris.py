"""Fisher's flowers."""

from functools import cache
from pathlib import Path
from typing import Any

from sklearn.datasets import load_iris

from trainer.data import Dataset
from trainer.data._tensors import classified
from trainer.recipe.data import Iris as Settings


class Iris:
    """150 rows [N, 4]: length and width of sepal and petal, cm; 50 of each kind."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the file."""
        raw = _table()
        return classified(raw.data, raw.target, tuple(map(str, raw.target_names)))


@cache
def _table() -> Any:
    """Parsed once per process, not once per trial."""
    return load_iris()
