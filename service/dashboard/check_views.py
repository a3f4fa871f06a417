"""What the templates of the catalogue of checks see."""

from dataclasses import dataclass

from service.dashboard.home_views import Heading
from service.dashboard.views import Mark, Section


@dataclass(frozen=True)
class Firing:
    """How often a check has said one thing; `count` is a dash for never."""

    mark: Mark
    count: str


@dataclass(frozen=True)
class CheckRow:
    """A check in the catalogue; `fired` is of fatal, warning, note, pass and skipped, `loud` of the
    first two together.
    """

    name: str
    url: str
    sees: str
    loud: str
    fired: tuple[Firing, ...]
    last: str


@dataclass(frozen=True)
class CauseRow:
    """A cause in words: how many trials it is the likeliest for, and how many a possible one."""

    cause: str
    first: str
    trials: str


@dataclass(frozen=True)
class Within:
    """The one study that the counts are of."""

    id: int
    name: str


@dataclass(frozen=True)
class ChecksPage:
    """`/checks`: every check that is installed, those that are searched for."""

    checks: tuple[CheckRow, ...]
    headings: tuple[Heading, ...]
    causes: tuple[CauseRow, ...]
    known_causes: tuple[str, ...]
    q: str
    kept: tuple[tuple[str, str], ...]
    within: Within | None
    answer: str
    csv: str
    event: int


@dataclass(frozen=True)
class HeardRow:
    """A trial that a check has warned of."""

    mark: Mark
    study: int
    study_name: str
    trial: int
    number: str
    state: str
    summary: str
    when: str


@dataclass(frozen=True)
class CheckPage:
    """`/checks/{name}`: a check's docstring as sections, its thresholds, and where it fired."""

    name: str
    profile: str
    scope: str
    sections: tuple[Section, ...]
    thresholds: tuple[tuple[str, str], ...]
    fired: tuple[Firing, ...]
    heard: tuple[HeardRow, ...]
    within: Within | None
    answer: str
    csv: str
    event: int
