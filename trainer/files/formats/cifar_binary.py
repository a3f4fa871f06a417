"""The binary format of CIFAR-10 and CIFAR-100: records of label bytes and 3,072 pixels."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from trainer.files.format import Format
from trainer.files.labels import below
from trainer.files.limits import within
from trainer.files.samples import Samples
from trainer.files.source import Source, locate
from trainer.files.unpacked import unpacked
from trainer.recipe.data import CifarBinary as Settings

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32
LABELS = {"cifar10": (1, 0, 10), "coarse": (2, 0, 20), "fine": (2, 1, 100)}  # bytes, place, classes
LOOKED = 1000  # records of each file in a quick look
CIFAR10 = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip


class CifarBinary(Format[Settings]):
    """Red, then green, then blue, each row by row (the readme of the archive)."""

    def sources(self) -> Iterable[Source]:
        return [locate(self.folder, "files", name) for name in self.settings.files]

    def look(self) -> None:
        for source in self.sources():
            _, place, classes = LABELS[self.settings.labels]
            below(source, self._records(source, LOOKED)[:, place], classes)

    def read(self) -> Samples:
        width, place, classes = LABELS[self.settings.labels]
        images, labels, left = [], [], self.settings.limit
        sources = list(self.sources())
        within(sources[0], self._total(sources), SHAPE)
        for source in sources:
            records = self._records(source, left)
            labels.append(below(source, records[:, place], classes))
            images.append(records[:, width:].reshape(-1, *SHAPE))
            left = None if left is None else left - len(records)
            if left == 0:
                break
        names = CIFAR10 if self.settings.labels == "cifar10" else ()
        return Samples(np.concatenate(images), np.concatenate(labels), classes, labels=names)

    def _total(self, sources: list[Source]) -> int:
        total = sum(self._count(source) for source in sources)
        return total if self.settings.limit is None else min(total, self.settings.limit)

    def _count(self, source: Source) -> int:
        record = LABELS[self.settings.labels][0] + PIXELS
        if source.size % record:
            raise source.bad(
                f"is cut off or of another format: {source.size:,} bytes are no whole number of "
                f"records of {record:,}"
            )
        return source.size // record

    def _records(self, source: Source, most: int | None) -> NDArray[np.uint8]:
        """The first records [N, bytes]."""
        count = self._count(source)
        taken = count if most is None else min(count, most)
        record = LABELS[self.settings.labels][0] + PIXELS
        with unpacked(source) as stream:
            return stream.take(taken * record).reshape(taken, record)
