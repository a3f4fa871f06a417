"""Everything that a template may see: finished words, links and marks, never rows.

Texts are plain; the templates escape them. Every field is ready to be shown as it is.
"""

from dataclasses import dataclass

from diagnostics import Severity
from diagnostics.report import SIGNS


@dataclass(frozen=True)
class Mark:
    """A severity as colour (by its class) and sign (by its shape)."""

    severity: Severity

    @property
    def sign(self) -> str:
        """● pass, ◆ note, ▲ warning, ■ fatal, – skipped."""
        return SIGNS[self.severity]


@dataclass(frozen=True)
class Share:
    """Trials of one state as a part of the progress bar; `start` and `width` are in percent."""

    state: str
    count: str
    start: float
    width: float


@dataclass(frozen=True)
class Progress:
    """How far a study is. `text` says it in words: `58 of 64 trials ended`."""

    shares: tuple[Share, ...]
    text: str


@dataclass(frozen=True)
class Best:
    """The best trial: its objective and its point, in words."""

    trial: int
    value: str
    params: str


@dataclass(frozen=True)
class StudyRow:
    """One study in the list; `worst` is its worst verdict, None before the first."""

    id: int
    name: str
    state: str
    progress: Progress
    best: Best | None
    worst: Mark | None
    created: str


@dataclass(frozen=True)
class StudiesPage:
    """`/`: the studies, newest first; `next` is the cursor of the following page."""

    studies: tuple[StudyRow, ...]
    answer: str
    next: str | None
    event: int


@dataclass(frozen=True)
class Panel:
    """A figure's place: `url` answers its JSON, `columns` of 12 is its width."""

    name: str
    title: str
    url: str
    columns: int


@dataclass(frozen=True)
class Cell:
    """One check on one trial. `says` is the whole sentence for the tooltip and screen readers."""

    mark: Mark
    trial: int
    says: str


@dataclass(frozen=True)
class MatrixRow:
    """One check over the trials of the matrix; None where it has not spoken."""

    check: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class MatrixColumn:
    """One trial of the matrix."""

    trial: int
    number: str


@dataclass(frozen=True)
class Matrix:
    """Checks × trials. `caption` says which trials it shows where it does not show all."""

    columns: tuple[MatrixColumn, ...]
    rows: tuple[MatrixRow, ...]
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


@dataclass(frozen=True)
class TrialTable:
    """A study's trials, best first; `more` is how many the next step shows, None if all are."""

    metric: str
    paths: tuple[tuple[str, str], ...]  # (recipe path, short name)
    rows: tuple[TrialRow, ...]
    caption: str
    more: int | None


@dataclass(frozen=True)
class Sheet:
    """A small table of numbers; `corner` is the heading of its first column."""

    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class StudyPage:
    """`/studies/{id}`. `follow` is false once nothing can change any more.

    `trained` says how its trials are trained, `timed` what made its worker choose that.
    """

    id: int
    name: str
    state: str
    answer: str
    progress: Progress
    trained: str
    timed: Sheet | None
    facts: tuple[tuple[str, str], ...]
    note: str
    panels: tuple[Panel, ...]
    matrix: Matrix
    trials: TrialTable
    document: str
    follow: bool
    event: int


@dataclass(frozen=True)
class Card:
    """A verdict. `patch` is YAML, empty where no single change follows; `source` is the trial
    that measured it where the verdict holds for a whole recipe shape. `repair` is where the patch
    is applied, empty where it cannot be.
    """

    check: str
    mark: Mark
    summary: str
    evidence: tuple[tuple[str, str], ...]
    advice: str
    patch: str
    epochs: str
    source: int | None
    repair: str


@dataclass(frozen=True)
class Suspect:
    """A cause in words, its confidence, and the checks that speak for it."""

    cause: str
    confidence: str
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Repair:
    """Another trial that this one repairs, or that repairs this one; `text` is before → after."""

    trial: int
    number: str
    text: str


@dataclass(frozen=True)
class AttemptRow:
    """One go at the trial by one worker; `trained` says in which stack, and from where on."""

    number: int
    state: str
    worker: str
    started: str
    took: str
    trained: str
    reason: str


@dataclass(frozen=True)
class FileRow:
    """A file of the trial."""

    name: str
    url: str
    size: str


@dataclass(frozen=True)
class Measured:
    """What else was measured of a trial; `when` says at which epoch the facts were."""

    when: str
    facts: tuple[tuple[str, str], ...]
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class TrialPage:
    """`/trials/{id}`. `failure` is the traceback of a failed trial, else empty.

    `suspects` are the likely causes, `skipped` the verdicts that only say what was missing.
    """

    id: int
    number: str
    state: str
    study: int
    study_name: str
    answer: str
    repairs: Repair | None
    repaired_by: tuple[Repair, ...]
    params: tuple[tuple[str, str], ...]
    suspects: tuple[Suspect, ...]
    panels: tuple[Panel, ...]
    measured: Measured | None
    cards: tuple[Card, ...]
    skipped: tuple[Card, ...]
    attempts: tuple[AttemptRow, ...]
    files: tuple[FileRow, ...]
    recipe: str
    failure: str
    follow: bool
    event: int


@dataclass(frozen=True)
class Span:
    """A run of text; `code` where it stands between backticks, `strong` between asterisks."""

    text: str
    code: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph (one item) or a list (`listed`) of a check's page."""

    items: tuple[tuple[Span, ...], ...]
    listed: bool = False


@dataclass(frozen=True)
class Section:
    """A headed part of a check's page: Sees, Why it matters, …; no heading for the opening."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class CheckPage:
    """A check in the catalogue: its docstring as sections and its thresholds."""

    name: str
    profile: str
    scope: str
    sections: tuple[Section, ...]
    thresholds: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ChecksPage:
    """`/checks`: every check that is installed."""

    checks: tuple[CheckPage, ...]
    answer: str


@dataclass(frozen=True)
class Held:
    """A trial that a worker is training."""

    trial: int
    number: str


@dataclass(frozen=True)
class WorkerRow:
    """A worker; `more` counts the held trials that are not listed, `how` it trains them."""

    name: str
    device: str
    version: str
    online: bool
    slots: str
    held: tuple[Held, ...]
    more: int
    how: str
    seen: str


@dataclass(frozen=True)
class FleetPage:
    """`/fleet`: the workers, newest first."""

    workers: tuple[WorkerRow, ...]
    answer: str
    next: str | None
    event: int


@dataclass(frozen=True)
class ErrorPage:
    """What could not be shown, and what to do instead."""

    status: int
    title: str
    answer: str
