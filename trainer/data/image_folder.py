"""A folder of images for each class."""

from pathlib import Path

from trainer import files
from trainer.data import Dataset
from trainer.data._tensors import dataset
from trainer.recipe.data import ImageFolder as Settings


class ImageFolder:
    """Images [N, C, size, size] in 0…1, C = 1 where grey, else 3; labels [N] by folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the files. Raises BadFile."""
        return dataset(files.load(self.settings, folder))
