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
class Panel:
    """A figure's place: `url` answers its JSON, `columns` of 12 is its width."""

    name: str
    title: str
    url: str
    columns: int


@dataclass(frozen=True)
class Sheet:
    """A small table of numbers; `corner` is the heading of its first column."""

    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


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
class ErrorPage:
    """What could not be shown, and what to do instead."""

    status: int
    title: str
    answer: str
