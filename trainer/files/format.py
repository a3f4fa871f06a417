"""What a file format is."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TypeVar

from trainer.files.samples import Samples
from trainer.files.source import Source, locate
from trainer.recipe.data import Data

Settings = TypeVar("Settings", bound=Data)


class Format(ABC, Generic[Settings]):
    """Abstract: the files that some settings name, in the data folder. All of it raises BadFile."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder

    @abstractmethod
    def sources(self) -> Iterable[Source]:
        """Every file that the samples come from."""

    @abstractmethod
    def look(self) -> None:
        """Raises BadFile for what shows at little cost, whatever the files' sizes."""

    @abstractmethod
    def read(self) -> Samples:
        """All samples."""

    def located(self, field: str) -> Source:
        """The file that a setting names."""
        return locate(self.folder, field, getattr(self.settings, field))
