"""Arrays of NumPy."""

from pathlib import Path

from trainer import files
from trainer.data import Dataset
from trainer.data._tensors import dataset
from trainer.recipe.data import Npz as Settings


class Npz:
    """Inputs [N, ...] and targets as the two arrays have them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the files. Raises BadFile."""
        return dataset(files.load(self.settings, folder))
