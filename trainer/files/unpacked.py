"""Reads a known number of bytes from a file that may be packed with gzip."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from trainer.files.source import Source

MAGIC = b"\x1f\x8b"  # RFC 1952, section 2.3.1
MOST_PACKED = 1032  # bytes out of one: what deflate can do at most (zlib's technical notes)
CHUNK = 2**20  # bytes


class Unpacked:
    """A stream of bytes, unpacked as it is read, and never further than asked for."""

    def __init__(self, source: Source, stream: IO[bytes], packed: bool) -> None:
        self._source = source
        self._stream = stream
        self._packed = packed

    def take(self, count: int) -> NDArray[np.uint8]:
        """The next bytes. Raises BadFile where there are fewer."""
        self._expect(count)
        taken = np.empty(count, np.uint8)
        view = taken.data
        for start in range(0, count, CHUNK):
            part = self._stream.read(min(CHUNK, count - start))
            view[start : start + len(part)] = part
            if len(part) < min(CHUNK, count - start):
                raise self._cut_off(count, start + len(part))
        return taken

    def skip(self, count: int) -> None:
        """Reads bytes and forgets them. Raises BadFile where there are fewer."""
        self._expect(count)
        for start in range(0, count, CHUNK):
            part = self._stream.read(min(CHUNK, count - start))
            if len(part) < min(CHUNK, count - start):
                raise self._cut_off(count, start + len(part))

    def end(self) -> None:
        """Raises BadFile where there is more; gzip's checksum is compared here too."""
        if self._stream.read(1):
            raise self._source.bad("is longer than its header says")

    def _expect(self, count: int) -> None:
        """Before memory is taken for what a header only claims."""
        possible = self._source.size * (MOST_PACKED if self._packed else 1)
        if count > possible:
            raise self._source.bad(
                f"is cut off: its header speaks of {count:,} bytes, and the file has "
                f"{self._source.size:,}"
            )

    def _cut_off(self, count: int, got: int) -> Exception:
        return self._source.bad(f"is cut off: {count:,} bytes are due and {got:,} are there")


@contextmanager
def unpacked(source: Source) -> Iterator[Unpacked]:
    """Opens the file; whether it is packed shows in its first bytes, whatever its name."""
    with source.opened() as raw, source.parsing("whole gzip file"):
        packed = raw.read(len(MAGIC)) == MAGIC
        raw.seek(0)
        stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        yield Unpacked(source, stream, packed)
