"""Where the bytes of artifacts lie: a folder, or any URL that fsspec knows.

A file's URI is its path there. Small files that come together lie in one, a pack, since making a
file costs more than writing a few kilobytes: such a URI ends with `#` and where in it they begin.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import fsspec

SMALL = 2**18  # bytes: a file above them lies alone
NAME_BYTES = 12  # of a pack's random name


@dataclass(frozen=True)
class Shelf:
    """`url` is the folder."""

    url: str

    def write(self, uri: str, content: bytes) -> None:
        """Write a file in one piece, in place of what was there."""
        files, path = self._place(uri)
        try:
            files.pipe_file(path, content)
        except FileNotFoundError:  # the folder
            files.makedirs(path.rpartition("/")[0], exist_ok=True)
            files.pipe_file(path, content)

    def pack(self, folder: str, contents: Sequence[bytes]) -> Iterator[str]:
        """Write these as one file of this folder; the URI of each."""
        path = f"{folder}/{secrets.token_hex(NAME_BYTES)}.pack"
        self.write(path, b"".join(contents))
        start = 0
        for content in contents:
            yield f"{path}#{start}"
            start += len(content)

    def read(self, uri: str, length: int) -> bytes:
        """So many bytes that were written under this URI. Raises FileNotFoundError."""
        packed, _, start = uri.partition("#")
        files, path = self._place(packed)
        first = int(start or 0)
        content = files.cat_file(path, first, first + length)
        assert isinstance(content, bytes)
        return content

    def clear(self, folder: str) -> None:
        """Remove a folder with all that is in it, if it is there."""
        files, path = self._place(folder)
        if files.exists(path):
            files.rm(path, recursive=True)

    def _place(self, path: str) -> tuple[Any, str]:
        files, root = fsspec.url_to_fs(self.url)
        return files, f"{root.rstrip('/')}/{path}"
