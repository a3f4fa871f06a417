"""What the curves show as a table, one click away: for those who cannot see or hover."""

from collections.abc import Callable
from typing import Any, NamedTuple

from diagnostics import words
from diagnostics.history import History
from diagnostics.page.axis import usable
from diagnostics.page.markup import Html, tag

MOST = 50  # epochs that are told


class Column(NamedTuple):
    """A scalar signal, its heading, how its values are written, and what is not finite."""

    signal: str
    name: str
    write: Callable[[float | None], str]
    broken: str = words.MISSING


COLUMNS = (
    Column("train_loss", "Training loss", words.loss, "diverged"),
    Column("val_loss", "Validation loss", words.loss, "diverged"),
    Column("train_accuracy", "Training accuracy", words.percent),
    Column("val_accuracy", "Validation accuracy", words.percent),
    Column("lr", "lr", words.setting),
)


def numbers(history: History) -> Html | None:
    """A row per epoch, of many every n-th and the last; None before the first."""
    epochs = [epoch for epoch in sorted(history.rows) if epoch > 0]
    if not epochs:
        return None
    pace = -(-len(epochs) // MOST)
    told = sorted({*epochs[::pace], epochs[-1]})
    columns = [each for each in COLUMNS if any(each.signal in history.rows[e] for e in epochs)]
    heads = (tag("th", name, scope="col", class_="number") for name in _names(columns))
    table = tag(
        "table",
        tag("thead", tag("tr", *heads)),
        tag("tbody", *(tag("tr", *_row(history, epoch, columns)) for epoch in told)),
    )
    kept = "" if pace == 1 else f", one in {pace}"
    return tag(
        "details",
        tag("summary", f"The numbers by epoch{kept}"),
        tag("div", table, class_="scroll", tabindex=0),
    )


def _names(columns: list[Column]) -> list[str]:
    return ["Epoch", *(column.name for column in columns)]


def _row(history: History, epoch: int, columns: list[Column]) -> list[Html]:
    row = history.rows[epoch]
    cells = (tag("td", _cell(row, column), class_="number") for column in columns)
    return [tag("th", f"{epoch}", scope="row", class_="number"), *cells]


def _cell(row: dict[str, Any], column: Column) -> str:
    if column.signal not in row:
        return words.MISSING
    value = row[column.signal]
    number = usable(float(value) if isinstance(value, int | float) else None)
    return column.write(number) if number == number else column.broken
