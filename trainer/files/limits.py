"""How much is read before a file is refused as too large."""

from math import prod

from trainer.files.source import Source

MOST_ROWS = 10_000_000  # samples
MOST_VALUES = 2**31  # numbers: 8 GiB as float32
LOOKED_BYTES = 64 * 2**20  # unpacked, in a quick look


def wanted(source: Source, rows: int, limit: int | None, shape: tuple[int, ...] = ()) -> int:
    """How many of the rows are read, each of this shape. Raises BadFile for none or too many."""
    if rows == 0:
        raise source.bad("holds no samples")
    taken = rows if limit is None else min(rows, limit)
    within(source, taken, shape)
    return taken


def within(source: Source, rows: int, shape: tuple[int, ...] = ()) -> None:
    """Raises BadFile for too many rows or numbers."""
    values = rows * prod(shape)
    if rows > MOST_ROWS:
        raise source.bad(f"has {rows:,} samples, more than {MOST_ROWS:,}; set `limit`")
    if values > MOST_VALUES:
        raise source.bad(f"has {values:,} numbers, more than {MOST_VALUES:,}; set `limit`")
