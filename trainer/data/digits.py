"""scikit-learn's scanned digits."""

from functools import cache
from pathlib import Path
from typing import Any

import torch
from sklearn.datasets import load_digits

from trainer.data import Dataset
from trainer.recipe.data import Digits as Settings

BRIGHTEST = 16.0  # the scans count dark pixels in 4×4 cells


class Digits:
    """1,797 images [N, 1, 8, 8] in 0..1 with labels 0..9."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the file."""
        raw = _scans()
        images = torch.tensor(raw.images / BRIGHTEST, dtype=torch.float32).unsqueeze(1)
        return Dataset(images, torch.tensor(raw.target, dtype=torch.int64), outputs=10)


@cache
def _scans() -> Any:
    """Parsed once per process, not once per trial."""
    return load_digits()
