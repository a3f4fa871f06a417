"""The format of MNIST: a header of sizes, then the numbers."""

import struct
from collections.abc import Iterable
from math import prod

import numpy as np

from trainer.files.format import Format
from trainer.files.labels import below
from trainer.files.limits import LOOKED_BYTES, wanted
from trainer.files.samples import Samples
from trainer.files.source import Source
from trainer.files.unpacked import Unpacked, unpacked
from trainer.recipe.data import Idx as Settings

UNSIGNED_BYTES = 0x08  # third byte of the file; the other types hold no images


class Idx(Format[Settings]):
    """Two zero bytes, the type, the number of dimensions, each size as big-endian uint32, data."""

    def sources(self) -> Iterable[Source]:
        return [self.located("images"), self.located("labels")]

    def look(self) -> None:
        shape = self._agreed()
        self._labels(shape[0])
        images = self.located("images")
        count = wanted(images, shape[0], self.settings.limit, shape[1:]) * prod(shape[1:])
        with unpacked(images) as stream:
            _sizes(images, stream, 3)
            stream.skip(min(count, LOOKED_BYTES))
            if self.settings.limit is None and count <= LOOKED_BYTES:
                stream.end()

    def read(self) -> Samples:
        count, height, width = self._agreed()
        labels = self._labels(count)
        images = self.located("images")
        taken = wanted(images, count, self.settings.limit, (height, width))
        with unpacked(images) as stream:
            _sizes(images, stream, 3)
            pixels = stream.take(taken * height * width)
            if taken == count:
                stream.end()
        return Samples(pixels.reshape(taken, 1, height, width), labels, self.settings.classes)

    def _agreed(self) -> tuple[int, ...]:
        """The images' sizes [N, H, W], of which there are as many as labels."""
        images, labels = self.located("images"), self.located("labels")
        with unpacked(images) as stream:
            shape = _sizes(images, stream, 3)
        with unpacked(labels) as stream:
            (count,) = _sizes(labels, stream, 1)
        if count != shape[0]:
            raise labels.bad(f"has {count:,} labels for the {shape[0]:,} images of {images.name}")
        return shape

    def _labels(self, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        source = self.located("labels")
        taken = wanted(source, count, self.settings.limit)
        with unpacked(source) as stream:
            _sizes(source, stream, 1)
            labels = stream.take(taken)
            if taken == count:
                stream.end()
        return below(source, labels, self.settings.classes)


def _sizes(source: Source, stream: Unpacked, dimensions: int) -> tuple[int, ...]:
    """The header of a file of unsigned bytes with so many dimensions."""
    zeros, kind, count = struct.unpack(">HBB", stream.take(4).tobytes())
    if zeros != 0 or count == 0:
        raise source.bad("is no IDX file: its first bytes are not those of the format")
    if kind != UNSIGNED_BYTES:
        raise source.bad(f"holds numbers of type 0x{kind:02x}; unsigned bytes (0x08) are read")
    if count != dimensions:
        meant = "images, whose IDX file has 3" if dimensions == 3 else "labels, whose has 1"
        raise source.bad(f"has {count} dimensions; it should hold {meant}")
    sizes = struct.unpack(f">{count}I", stream.take(4 * count).tobytes())
    if 0 in sizes:
        raise source.bad(f"holds nothing: its sizes are {list(sizes)}")
    return sizes
