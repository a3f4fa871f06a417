"""Labelled texts."""

from pathlib import Path

from trainer import files
from trainer.data import Dataset
from trainer.data._tensors import dataset
from trainer.recipe.data import TextTsv as Settings


class TextTsv:
    """Token ids [N, length], 0 = padding, 1 = unknown; labels [N]."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the files. Raises BadFile."""
        return dataset(files.load(self.settings, folder))
