"""Rows of text."""

from pathlib import Path

from trainer import files
from trainer.data import Dataset
from trainer.data._tensors import dataset
from trainer.recipe.data import Csv as Settings


class Csv:
    """Features [N, F] with labels [N], or numbers [N, 1] in regression."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, in the order of the files. Raises BadFile."""
        return dataset(files.load(self.settings, folder))
