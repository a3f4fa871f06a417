"""Files of the data folder: numpy out, no torch, so that the service can look at them too.

    problems = check(recipe.data, folder)    # quick, on submit
    samples = load(recipe.data, folder)      # everything, parsed once per process and version

Formats are found by the name of the data set that reads them; a set that reads no files has none.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from diagnostics.parts import Folder
from trainer.errors import BadFile
from trainer.files.format import Format
from trainer.files.samples import Samples
from trainer.files.source import Version
from trainer.recipe import Problem
from trainer.recipe.data import Data

FORMATS = Folder("trainer.files.formats", kind="file format")
KEPT = 2  # data sets in memory; a worker seldom goes to and fro between more

__all__ = ["FORMATS", "BadFile", "Samples", "check", "load"]


def check(settings: Data, folder: Path) -> list[Problem]:
    """What a quick look at the files says against training on them.

    Headers, sizes and first rows; what lies deeper shows when a trial reads it. Nothing is said
    where the folder does not exist: the workers' machines may have it.
    """
    if settings.name not in FORMATS.names() or not folder.is_dir():
        return []
    try:
        _format(settings, folder).look()
    except BadFile as bad:
        value = getattr(settings, bad.field, bad.file)
        return [Problem(f"recipe.data.{bad.field}", value, str(bad))]
    return []


def load(settings: Data, folder: Path) -> Samples:
    """All samples, not to be written to: they are kept for the next trial. Raises BadFile."""
    files = _format(settings, folder)
    versions = tuple(source.version() for source in files.sources())
    return _read(_Wanted(settings.model_dump_json(), versions, files))


@dataclass(frozen=True)
class _Wanted:
    """Equal where the same settings read the same versions of the same files."""

    document: str
    versions: tuple[Version, ...]
    files: Format[Any] = field(compare=False)


@lru_cache(maxsize=KEPT)
def _read(wanted: _Wanted) -> Samples:
    return wanted.files.read()


def _format(settings: Data, folder: Path) -> Format[Any]:
    made = FORMATS.load(settings.name)(settings, folder)
    assert isinstance(made, Format)
    return made
