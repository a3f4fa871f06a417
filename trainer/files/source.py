"""One file of the data folder: where a name leads, and how it is opened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from trainer.errors import BadFile

Version = tuple[str, int, int]  # path, time of the last change in ns, bytes


@dataclass(frozen=True)
class Source:
    """A regular file inside the data folder; `field` is the setting that named it."""

    field: str
    name: str
    path: Path
    modified: int  # ns
    size: int  # bytes

    def version(self) -> Version:
        """Changes where the file does."""
        return str(self.path), self.modified, self.size

    def bad(self, reason: str, field: str | None = None) -> BadFile:
        """The error to raise, about this file or another setting of the same data."""
        return BadFile(self.name, reason, field or self.field)

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file's bytes. Raises BadFile where it cannot be read."""
        try:
            with self.path.open("rb") as stream:
                yield stream
        except OSError as error:
            raise self.bad(f"cannot be read: {_sentence(error)}") from error

    @contextmanager
    def parsing(self, what: str) -> Iterator[None]:
        """Makes whatever is raised inside a BadFile.

        Every Exception, since parsers of other people's formats document no list of what they
        raise on damaged files: zlib.error, EOFError, struct.error, IndexError and so on.
        """
        try:
            yield
        except BadFile:
            raise
        except Exception as error:
            raise self.bad(f"is no {what}, or is damaged: {_sentence(error)}") from error


def locate(folder: Path, field: str, name: str, *, is_folder: bool = False) -> Source:
    """The file, or folder, of this name. Raises BadFile where it is none, or empty, or outside."""
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise BadFile(name, "is a link that leads out of the data folder", field)
        return _source(field, name, path, is_folder)
    except FileNotFoundError as error:
        reason = "is not in the data folder (SITTER_DATA_DIR, a worker's --data)"
        raise BadFile(name, reason, field) from error
    except RuntimeError as error:  # of pathlib, with the path on this machine
        raise BadFile(name, "is a link that leads to itself", field) from error
    except OSError as error:
        raise BadFile(name, f"cannot be read: {_sentence(error)}", field) from error


def _source(field: str, name: str, path: Path, is_folder: bool) -> Source:
    about = os.stat(path)
    if is_folder != path.is_dir() or not (is_folder or path.is_file()):
        raise BadFile(name, "is no folder" if is_folder else "is no file", field)
    if not is_folder and about.st_size == 0:
        raise BadFile(name, "is empty", field)
    return Source(field, name, path, about.st_mtime_ns, about.st_size)


def _sentence(error: Exception) -> str:
    """The first line of what an error says, without paths of this machine."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).splitlines()
    return lines[0][:300] if lines else type(error).__name__
