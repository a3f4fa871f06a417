"""What the template of a trial's page may see: finished words, links and small plots."""

from dataclasses import dataclass

from service.dashboard.views import Mark, Panel, Sheet


@dataclass(frozen=True)
class Bar:
    """One layer's number; `width` in percent of the plot, `odd` where it lies outside the band."""

    name: str
    text: str
    width: float
    odd: bool


@dataclass(frozen=True)
class Bars:
    """A number per layer. `band` is (start, width) in percent of what is fine, None for none."""

    title: str
    bars: tuple[Bar, ...]
    band: tuple[float, float] | None
    note: str


@dataclass(frozen=True)
class Reference:
    """A named height of a spark line, in its units from the top."""

    y: float
    name: str


@dataclass(frozen=True)
class Spark:
    """A series as a line: `pieces` of SVG points in a box of 200 × 48, `says` its two ends."""

    title: str
    pieces: tuple[str, ...]
    levels: tuple[Reference, ...]
    says: str


@dataclass(frozen=True)
class Card:
    """A verdict. `patch` is YAML, empty where no single change follows; `source` is the trial
    that measured it where the verdict holds for a whole recipe shape. `repair` is where the patch
    is applied, empty where it cannot be. `sure` says how likely what is, `wrong` what would prove
    it wrong; `others` lists the trials with the same verdict.
    """

    check: str
    mark: Mark
    summary: str
    bars: Bars | None
    spark: Spark | None
    evidence: tuple[tuple[str, str], ...]
    advice: str
    patch: str
    change: str
    epochs: str
    source: int | None
    repair: str
    sure: str
    wrong: str
    others: str


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
    """A file of the trial; `what` says what it holds, where that is known."""

    name: str
    url: str
    size: str
    what: str


@dataclass(frozen=True)
class Measured:
    """What else was measured of a trial; `when` says at which epoch the facts were."""

    when: str
    facts: tuple[tuple[str, str], ...]
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Wrong:
    """A sample that was classified wrong; `picture` is a `data:` URL, empty where there is none."""

    index: str
    true: str
    predicted: str
    probability: str
    picture: str


@dataclass(frozen=True)
class Difference:
    """A setting of the recipe that is another one in the study's best trial."""

    path: str
    this: str
    best: str


@dataclass(frozen=True)
class RecipeView:
    """The recipe as YAML, empty where the point makes none; `url` is where it is downloaded.

    `said` compares it with that of the trial `best`, None where there is no other.
    """

    yaml: str
    url: str
    said: str
    best: int | None
    best_number: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class LogRow:
    """Something that happened to the trial; `mark` of a verdict."""

    when: str
    text: str
    mark: Mark | None


@dataclass(frozen=True)
class Log:
    """The newest first; `more` is how many the next step shows, None if all are."""

    rows: tuple[LogRow, ...]
    more: int | None


@dataclass(frozen=True)
class Panels:
    """The figures' places: the learning curves, what happened inside, and what it gets wrong."""

    leading: tuple[Panel, ...]
    inside: tuple[Panel, ...]
    mistakes: tuple[Panel, ...]


@dataclass(frozen=True)
class Deeds:
    """What can be done; addresses of the API, empty where it cannot. `repair` is the best remedy's,
    `check` whose it is and `change` what it changes; `ask` is asked before a cancel.
    """

    repair: str
    check: str
    change: str
    retry: str
    cancel: str
    ask: str


@dataclass(frozen=True)
class TrialPage:
    """`/trials/{id}`. `failure` is the traceback of a failed trial, else empty.

    `suspects` are the likely causes, `cards` the verdicts from a note on, `passed` those that found
    nothing and `skipped` those that only say what was missing. `confusion` is the figure of that
    name as a table.
    """

    id: int
    number: str
    state: str
    study: int
    study_name: str
    answer: str
    deeds: Deeds
    repairs: Repair | None
    repaired_by: tuple[Repair, ...]
    params: tuple[tuple[str, str], ...]
    suspects: tuple[Suspect, ...]
    panels: Panels
    measured: Measured | None
    confusion: Sheet | None
    wrong: tuple[Wrong, ...]
    cards: tuple[Card, ...]
    passed: tuple[Card, ...]
    skipped: tuple[Card, ...]
    attempts: tuple[AttemptRow, ...]
    files: tuple[FileRow, ...]
    recipe: RecipeView
    log: Log
    failure: str
    follow: bool
    event: int
