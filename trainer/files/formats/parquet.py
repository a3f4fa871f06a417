"""Columns of Apache Parquet."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from trainer.files.format import Format
from trainer.files.samples import Samples
from trainer.files.source import Source
from trainer.files.table import Table
from trainer.recipe.data import Parquet as Settings

BATCH = 65_536  # rows
LOOKED = 1000  # rows in a quick look


class Parquet(Format[Settings]):
    """Numbers and booleans are features; a target may be text as well."""

    def sources(self) -> Iterable[Source]:
        return [self.located("file")]

    def look(self) -> None:
        with self._opened(LOOKED) as (table, batches):
            table.add(islice(batches, 1))

    def read(self) -> Samples:
        with self._opened(BATCH) as (table, batches):
            table.add(batches)
            return table.samples()

    @contextmanager
    def _opened(self, rows: int) -> Iterator[tuple[Table, Iterator[Any]]]:
        source, target = self.located("file"), self.settings.target
        with source.opened() as stream, source.parsing("Parquet file"):
            metadata = parquet.read_metadata(stream)
            schema = metadata.schema.to_arrow_schema()
            table = Table(source, self.settings, schema.names)
            table.expect(metadata.num_rows)
            for name in table.features:
                self._is_number(source, schema.field(name))
            file = parquet.ParquetFile(
                stream,
                # A text repeated in every row is kept once, however long it is.
                read_dictionary=[target],
                page_checksum_verification=True,
            )
            kept = [*table.features, target]
            yield table, file.iter_batches(batch_size=rows, columns=kept, use_threads=False)

    def _is_number(self, source: Source, field: Any) -> None:
        kind = field.type
        if not (
            pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_decimal(kind)
            or pa.types.is_boolean(kind)
        ):
            raise source.bad(f"column {field.name!r} holds {kind}, no numbers; drop it", "drop")
