"""Everything that a study's template may see: finished words, links and marks, never rows."""

from dataclasses import dataclass

from service.dashboard.deeds import Deed
from service.dashboard.views import Mark, Panel, Progress, Sheet


@dataclass(frozen=True)
class Cell:
    """One check on one trial; `trial` is where to read it, None where there is nothing to read.

    `says` is the whole sentence for the tooltip and screen readers.
    """

    mark: Mark
    trial: int | None
    says: str


@dataclass(frozen=True)
class MatrixRow:
    """One check: how often it gave each severity, and what it says of the matrix' trials."""

    check: str
    totals: tuple[tuple[Mark, str], ...]
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class MatrixColumn:
    """One trial of the matrix."""

    trial: int
    number: str


@dataclass(frozen=True)
class Matrix:
    """Checks × trials. `calm` are checks that found nothing; `caption` says which trials it shows
    where it does not show all.
    """

    columns: tuple[MatrixColumn, ...]
    rows: tuple[MatrixRow, ...]
    calm: tuple[str, ...]
    caption: str


@dataclass(frozen=True)
class TrialRow:
    """One trial in a study's table; `params` in the order of the table's `paths`."""

    id: int
    number: str
    state: str
    value: str
    epoch: str
    params: tuple[str, ...]
    worst: Mark | None
    cause: str


@dataclass(frozen=True)
class Column:
    """A heading of the table; `link` sorts by it, empty where it cannot; `sorted` is the order it
    has now in ARIA's words: none, ascending, descending.
    """

    name: str
    title: str
    link: str
    sorted: str


@dataclass(frozen=True)
class Choice:
    """A filter's word: the address that applies it, and whether it is applied."""

    text: str
    link: str
    chosen: bool


@dataclass(frozen=True)
class TrialTable:
    """A study's trials. `more` is the address that shows more, empty where all are shown.

    `filtered` says what they are filtered by, `clear` is the address without filters.
    """

    columns: tuple[Column, ...]
    rows: tuple[TrialRow, ...]
    states: tuple[Choice, ...]
    filtered: str
    clear: str
    caption: str
    more: str


@dataclass(frozen=True)
class Finding:
    """What trials of the study say together.

    A cause that they suffer from: its name, in words, and how many; else a sentence.
    """

    mark: Mark | None
    cause: str
    text: str
    trials: str


@dataclass(frozen=True)
class StudyPage:
    """`/studies/{id}`. `follow` is false once nothing can change any more.

    `trained` says how its trials are trained, `timed` what made its worker choose that. `budget` is
    the number of points that the strategy may draw, None where it cannot be raised.
    """

    id: int
    name: str
    state: str
    answer: str
    progress: Progress
    best: int | None
    deeds: tuple[Deed, ...]
    budget: int | None
    trained: str
    timed: Sheet | None
    facts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    tags: tuple[str, ...]
    note: str
    panels: tuple[Panel, ...]
    matrix: Matrix
    trials: TrialTable
    document: str
    follow: bool
    event: int
