"""What the template of a comparison sees."""

from dataclasses import dataclass

from service.dashboard.views import Mark, Panel


@dataclass(frozen=True)
class Column:
    """One of what is compared; `key` is the number of its colour, `dashed` how its line is drawn.

    `without` leads to the same comparison without it, `of` names its study where they differ.
    """

    trial: int | None
    url: str
    name: str
    of: str
    key: int
    dashed: bool
    without: str


@dataclass(frozen=True)
class Entry:
    """What one of them has in a line; `best` where it is better than the others."""

    text: str
    mark: Mark | None = None
    best: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the table: a setting, a result, a check."""

    name: str
    url: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Group:
    """Some lines under a heading; `note` says what is not listed, or why nothing is."""

    title: str
    rows: tuple[Row, ...]
    note: str


@dataclass(frozen=True)
class Pick:
    """A study that can be picked, with its best trial in words; empty where it has none yet."""

    study: int
    name: str
    state: str
    value: str
    point: str


@dataclass(frozen=True)
class ComparePage:
    """`/compare`: `columns` are empty where nothing has been picked."""

    answer: str
    repairs: tuple[str, ...]
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    panels: tuple[Panel, ...]
    picks: tuple[Pick, ...]
    csv: str
    follow: bool
    event: int
