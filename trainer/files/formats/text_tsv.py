"""One text per line, after its label and a TAB."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from trainer.files.format import Format
from trainer.files.labels import sorted_classes
from trainer.files.limits import within
from trainer.files.samples import Samples
from trainer.files.source import Source
from trainer.files.tokens import FIRST, numbering, split
from trainer.recipe.data import TextTsv as Settings

MOST_LINE = 2**20  # bytes
MOST_BYTES = 2**30  # of the file, since texts are held in memory while they are counted
LOOKED = 1000  # lines in a quick look


class TextTsv(Format[Settings]):
    """Lines end with a line feed alone or after a carriage return; the last may do without."""

    def sources(self) -> Iterable[Source]:
        return [self.located("file")]

    def look(self) -> None:
        limit = self.settings.limit
        list(self._lines(self.located("file"), LOOKED if limit is None else min(LOOKED, limit)))

    def read(self) -> Samples:
        source = self.located("file")
        rows = list(self._lines(source, self.settings.limit))
        labels = [label for label, _ in rows]
        different = list(dict.fromkeys(labels))
        numbers, names = sorted_classes(source, different, len(rows))
        class_of = dict(zip(different, numbers, strict=True))
        inputs, vocabulary = self._ids([text for _, text in rows])
        targets = np.array([class_of[label] for label in labels], np.int64)
        return Samples(inputs, targets, len(names), vocabulary=vocabulary, labels=tuple(names))

    def _ids(self, texts: list[str]) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], int]:
        """Token ids [N, length], and how many there can be."""
        counts = Counter(token for text in texts for token in split(text))
        number, vocabulary = numbering(self.settings.tokens, counts)
        length = self.settings.length
        ids = np.zeros((len(texts), length), np.int64)
        for row, text in enumerate(texts):
            known = [number(token) for token in split(text)[:length]]
            ids[row, : len(known)] = known
        return ids, FIRST + vocabulary

    def _lines(self, source: Source, most: int | None) -> Iterator[tuple[str, str]]:
        """(label, text) of each line, the first `most`."""
        read = rows = 0
        with source.opened() as stream:
            while most is None or rows < most:
                line = stream.readline(MOST_LINE)
                read += len(line)
                if not line:
                    break
                if len(line) == MOST_LINE:
                    raise source.bad(f"line {rows + 1} is longer than {MOST_LINE:,} bytes")
                if read > MOST_BYTES:
                    raise source.bad(f"is larger than {MOST_BYTES:,} bytes; set `limit`")
                rows += 1
                within(source, rows, (self.settings.length,))
                yield _parsed(source, line, rows)


def _parsed(source: Source, line: bytes, number: int) -> tuple[str, str]:
    try:
        label, tab, text = line.decode("utf-8-sig" if number == 1 else "utf-8").partition("\t")
    except UnicodeDecodeError as error:
        raise source.bad(f"line {number} is not UTF-8: {error.reason}") from error
    if not tab:
        raise source.bad(f"line {number} has no TAB between label and text")
    if not label.strip():
        raise source.bad(f"line {number} has no label")
    if not split(text):
        raise source.bad(f"line {number} has no text")
    return label.strip(), text
