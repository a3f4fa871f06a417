"""Images in the format of MNIST."""

from pathlib import Path

from trainer import files
from trainer.data import Dataset
from trainer.data._tensors import dataset
from trainer.recipe.data import Idx as Settings


class Idx:
    """Images [N, 1, H, W] in 0…1 with labels [N]."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the files. Raises BadFile."""
        return dataset(files.load(self.settings, folder))
