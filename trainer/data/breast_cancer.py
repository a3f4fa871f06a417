"""Tumours by their cell nuclei."""

from functools import cache
from pathlib import Path
from typing import Any

from sklearn.datasets import load_breast_cancer

from trainer.data import Dataset
from trainer.data._tensors import classified
from trainer.recipe.data import BreastCancer as Settings


class BreastCancer:
    """569 rows [N, 30]; label 0 is malignant (212), 1 benign (357)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the file."""
        raw = _table()
        return classified(raw.data, raw.target, tuple(map(str, raw.target_names)))


@cache
def _table() -> Any:
    """Parsed once per process, not once per trial."""
    return load_breast_cancer()
