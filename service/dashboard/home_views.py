"""What the home page's template sees."""

from dataclasses import dataclass

from service.dashboard.deeds import Deed
from service.dashboard.views import Best, Mark, Progress


@dataclass(frozen=True)
class Choice:
    """Something to choose, with where it leads or the value that it stands for."""

    name: str
    value: str
    chosen: bool = False


@dataclass(frozen=True)
class Heading:
    """A column; `url` sorts by it, empty where nothing does. `order` is what `aria-sort` says."""

    title: str
    url: str = ""
    order: str = ""
    number: bool = False


@dataclass(frozen=True)
class Trend:
    """The best so far as a line in 120 × 24 units, and in words."""

    line: str
    text: str


@dataclass(frozen=True)
class StudyRow:
    """One study in the list; `worst` is its worst verdict, None before the first."""

    id: int
    name: str
    state: str
    tags: tuple[Choice, ...]
    trend: Trend | None
    progress: Progress
    best: Best | None
    worst: Mark | None
    created: str
    deeds: tuple[Deed, ...]


@dataclass(frozen=True)
class FleetStrip:
    """Who is online, in a sentence; `busy` of 100 is the share of slots that train."""

    text: str
    devices: tuple[str, ...]
    busy: float | None


@dataclass(frozen=True)
class Filters:
    """What was asked for, as the form shows it; `kept` are the fields that it does not show."""

    q: str
    tag: str
    states: tuple[Choice, ...]
    kept: tuple[tuple[str, str], ...]
    untagged: str
    any: bool


@dataclass(frozen=True)
class StudiesPage:
    """`/`: the studies wanted; `next` leads to the following page, `csv` to all of them."""

    studies: tuple[StudyRow, ...]
    headings: tuple[Heading, ...]
    filters: Filters
    fleet: FleetStrip
    answer: str
    next: str
    csv: str
    event: int
