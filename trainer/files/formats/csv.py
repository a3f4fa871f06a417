"""Rows of text."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pyarrow as pa
from pyarrow import csv

from trainer.files.format import Format
from trainer.files.samples import Samples
from trainer.files.source import Source
from trainer.files.table import Table
from trainer.recipe.data import Csv as Settings

BLOCK = 2**22  # bytes that are parsed at a time; also the longest row


class Csv(Format[Settings]):
    """Read as text throughout and made into numbers by us, which lets errors name row and value."""

    def sources(self) -> Iterable[Source]:
        return [self.located("file")]

    def look(self) -> None:
        with self._opened() as (table, batches):
            table.add(islice(batches, 1))

    def read(self) -> Samples:
        with self._opened() as (table, batches):
            table.add(batches)
            return table.samples()

    @contextmanager
    def _opened(self) -> Iterator[tuple[Table, Iterator[Any]]]:
        source = self.located("file")
        with source.parsing("table"):
            names = self._names(source)
            table = Table(source, self.settings, names)
            kept = [*table.features, self.settings.target]
            conversion = csv.ConvertOptions(
                column_types=dict.fromkeys(kept, pa.string()), include_columns=kept
            )
            with pa.OSFile(str(source.path)) as stream:
                yield table, iter(self._reader(stream, conversion))

    def _names(self, source: Source) -> list[str]:
        """The first row; the rest is not yet understood."""
        text = csv.ConvertOptions(null_values=[], check_utf8=True)
        with pa.OSFile(str(source.path)) as stream:
            return list(self._reader(stream, text).schema.names)

    def _reader(self, stream: Any, conversion: Any) -> Any:
        return csv.open_csv(
            stream,
            read_options=csv.ReadOptions(block_size=BLOCK, use_threads=False),
            parse_options=csv.ParseOptions(
                delimiter=self.settings.delimiter, newlines_in_values=True
            ),
            convert_options=conversion,
        )
