"""Rows of a table, gathered batch by batch: one without end is refused before memory is short."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from diagnostics.parts import did_you_mean
from trainer.files.labels import sorted_classes
from trainer.files.limits import wanted, within
from trainer.files.samples import Samples
from trainer.files.source import Source
from trainer.recipe.data import Csv, Parquet

MISSING = pa.array(["", "?", "NA", "N/A", "NaN", "nan", "null", "NULL"])


class Table:
    """Batches of a file in, samples out. Rows are counted from 1, without the columns' names."""

    def __init__(self, source: Source, settings: Csv | Parquet, columns: Sequence[str]) -> None:
        self._source = source
        self._settings = settings
        self.features = _features(source, settings, columns)
        self.rows = 0
        self._inputs: list[NDArray[np.float32]] = []
        self._targets: list[Any] = []

    def expect(self, rows: int) -> None:
        """Raises BadFile where the file says itself that it has too many rows, or none."""
        wanted(self._source, rows, self._settings.limit, (len(self.features),))

    def add(self, batches: Iterable[Any]) -> None:
        """Rows of `pyarrow.RecordBatch`es, until there are as many as wanted. Raises BadFile."""
        limit = self._settings.limit
        for batch in batches:
            taken = batch if limit is None else batch.slice(0, limit - self.rows)
            within(self._source, self.rows + len(taken), (len(self.features),))
            self._inputs.append(self._numbers(taken))
            self._targets.append(self._target(taken))
            self.rows += len(taken)
            if self.rows == limit:
                break
        if not self.rows:
            raise self._source.bad("holds no rows")

    def samples(self) -> Samples:
        """All rows added: inputs [N, F]; targets [N], or [N, 1] in regression."""
        inputs = np.concatenate(self._inputs)
        if self._settings.task == "regression":
            targets = np.concatenate(self._targets)[:, np.newaxis]
            return Samples(inputs, targets, 1, "regression")
        coded = pa.chunked_array(self._targets).combine_chunks().dictionary_encode()
        numbers, names = sorted_classes(self._source, coded.dictionary.to_pylist(), self.rows)
        targets = np.array(numbers, np.int64)[coded.indices.to_numpy()]
        return Samples(inputs, targets, len(names), labels=tuple(names))

    def _numbers(self, batch: Any) -> NDArray[np.float32]:
        """The features [N, F]."""
        rows = np.empty((len(batch), len(self.features)), np.float32)
        for place, name in enumerate(self.features):
            rows[:, place] = self._column(batch, name)
        return rows

    def _target(self, batch: Any) -> Any:
        name = self._settings.target
        if self._settings.task == "regression":
            return self._column(batch, name)
        return self._text(batch, name)

    def _column(self, batch: Any, name: str) -> NDArray[np.float32]:
        """One column of finite numbers [N]."""
        column = batch.column(name)
        if pa.types.is_string(column.type):
            column = self._text(batch, name)
        else:
            self._all_there(column.is_null(), name)
        try:
            numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid as error:
            raise self._no_number(column, name) from error
        with np.errstate(over="ignore"):
            small: NDArray[np.float32] = numbers.astype(np.float32)
        wrong = ~np.isfinite(small)
        if wrong.any():
            row = int(wrong.argmax())
            raise self._bad(f"{numbers[row]}, which is no finite float32", row, name)
        return small

    def _text(self, batch: Any, name: str) -> Any:
        """One column as strings without spaces around them."""
        text = pc.utf8_trim_whitespace(batch.column(name).cast(pa.string()))
        self._all_there(pc.or_(text.is_null(), pc.is_in(text.fill_null(""), MISSING)), name)
        return text

    def _all_there(self, absent: Any, name: str) -> None:
        if pc.any(absent).as_py():
            row = self.rows + pc.index(absent, True).as_py() + 1
            raise self._source.bad(f"a value is missing in row {row:,}, column {name!r}")

    def _no_number(self, column: Any, name: str) -> Exception:
        """The error about the first value that is none; only looked for once there is one."""
        for row, value in enumerate(column.to_pylist()):
            try:
                float(value)
            except ValueError:
                hint = f"; drop {name!r} or write it as numbers"
                return self._bad(f"{value[:80]!r}, which is no number{hint}", row, name)
        return self._source.bad(f"column {name!r} holds what is no number")

    def _bad(self, what: str, row: int, name: str) -> Exception:
        return self._source.bad(f"row {self.rows + row + 1:,}, column {name!r} holds {what}")


def _features(source: Source, settings: Csv | Parquet, columns: Sequence[str]) -> list[str]:
    """The columns that are neither target nor dropped. Raises BadFile naming the setting."""
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if list(columns).count(name) > 1)
        raise source.bad(f"has two columns called {twice!r}")
    for field, names in (("target", [settings.target]), ("drop", settings.drop)):
        for name in names:
            if name not in columns:
                raise source.bad(f"has no column {name!r}; {did_you_mean(name, columns)}", field)
    if settings.target in settings.drop:
        raise source.bad(f"the target {settings.target!r} is also dropped", "drop")
    dropped = {settings.target, *settings.drop}
    features = [name for name in columns if name not in dropped]
    if not features:
        raise source.bad("has no column left beside the target", "drop")
    return features
