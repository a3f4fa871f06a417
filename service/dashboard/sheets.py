"""Tables as CSV, safe to open in a spreadsheet: no text in them is taken for a formula."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from fastapi.responses import StreamingResponse

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a cell that is computed begins with
TOGETHER = 500  # rows that are sent at once


def sheet(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingResponse:
    """A file `<name>.csv` to keep, sent as its rows are made."""
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(name)}.csv"',
        "Cache-Control": "no-cache",
    }
    parts = written([columns], rows)
    return StreamingResponse(parts, media_type="text/csv; charset=utf-8", headers=headers)


def written(head: Iterable[Sequence[Any]], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV, some rows at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerows([cell(value) for value in row] for row in head)
    for index, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if index % TOGETHER == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell(value: Any) -> Any:
    """Numbers stay numbers, nothing stays empty, moments are ISO 8601, lists and sections JSON."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return "" if value is None else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text


def file_name(text: str) -> str:
    """Letters, digits, dots and dashes of a name, the others as dashes."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")[:80] or "table"
