"""What the checks say, trial by trial: the rows that have something to say, worst trials first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from diagnostics import Severity
from service.dashboard import words
from service.dashboard.study_views import Cell, Matrix, MatrixColumn, MatrixRow
from service.dashboard.views import Mark
from service.store import pages

WATCHED = 60  # trials in the matrix
LONGEST = 160  # characters of a verdict that a tooltip tells
WORRIED = (Severity.FATAL, Severity.WARNING, Severity.NOTE)

Tally = Mapping[str, Mapping[str, int]]  # check → severity → number of verdicts


def matrix(session: Session, study_id: int, tally: Tally) -> Matrix:
    """Checks × trials, for the trials with the worst verdicts and then the newest."""
    watched = pages.watched(session, study_id, WATCHED)
    board = Board()
    board.add_own(session, [row.id for row in watched])
    board.add_shared(session, study_id, {row.id: row.stack_key for row in watched})
    worried, calm = _parted(board.checks | tally.keys(), tally)
    rows = tuple(
        MatrixRow(
            check,
            _totals(tally.get(check, {})),
            tuple(_cell(board, row.id, row.number, check) for row in watched),
        )
        for check in worried
    )
    columns = tuple(MatrixColumn(row.id, words.count(row.number)) for row in watched)
    return Matrix(columns, rows, tuple(calm), _caption(len(watched)))


@dataclass(frozen=True)
class Said:
    """A check on a trial; `source` is the trial that measured it for the whole shape."""

    severity: Severity
    summary: str
    source: int | None = None


@dataclass
class Board:
    """trial → check → what was said."""

    said: dict[int, dict[str, Said]] = field(default_factory=dict)
    checks: set[str] = field(default_factory=set)

    def add_own(self, session: Session, trial_ids: Sequence[int]) -> None:
        """The trials' own verdicts."""
        for row in pages.marks(session, trial_ids):
            self._put(row.trial, row.check, Said(Severity(row.severity), row.summary))

    def add_shared(self, session: Session, study_id: int, shapes: Mapping[int, str]) -> None:
        """Verdicts on a recipe shape, for its trials that have none of their own."""
        members: dict[str, list[int]] = {}
        for trial_id, shape in shapes.items():
            members.setdefault(shape, []).append(trial_id)
        for row in pages.shared(session, study_id):
            for trial_id in members.get(row.stack_key, ()):
                if row.check not in self.said.get(trial_id, {}):
                    said = Said(Severity(row.severity), row.summary, row.trial)
                    self._put(trial_id, row.check, said)

    def worst(self, trial_id: int) -> Mark | None:
        """The worst mark of a trial; None where no check has spoken."""
        found = [said.severity for said in self.said.get(trial_id, {}).values()]
        return Mark(max(found, key=lambda s: s.rank)) if found else None

    def _put(self, trial_id: int, check: str, said: Said) -> None:
        self.said.setdefault(trial_id, {})[check] = said
        self.checks.add(check)


def _parted(checks: Iterable[str], tally: Tally) -> tuple[list[str], list[str]]:
    """Checks that have found something, those of the worst first; and those that have not."""

    def gravity(check: str) -> tuple[int, ...]:
        return tuple(-tally.get(check, {}).get(s.value, 0) for s in WORRIED)

    ordered = sorted(checks, key=lambda check: (gravity(check), check))
    return (
        [check for check in ordered if any(gravity(check))],
        [check for check in ordered if not any(gravity(check))],
    )


def _totals(said: Mapping[str, int]) -> tuple[tuple[Mark, str], ...]:
    """How often it gave each severity, the worst first."""
    return tuple(
        (Mark(severity), words.count(said[severity.value]))
        for severity in WORRIED
        if said.get(severity.value)
    )


def _cell(board: Board, trial_id: int, number: int, check: str) -> Cell | None:
    said = board.said.get(trial_id, {}).get(check)
    if said is None:
        return None
    if said.severity not in WORRIED:
        return Cell(Mark(said.severity), None, "")
    summary = said.summary if len(said.summary) <= LONGEST else said.summary[: LONGEST - 1] + "…"
    whole = f"Trial {words.count(number)}, {check}: {said.severity.value}. {summary}"
    if said.source is not None:
        whole += " (measured once for all trials of this shape)"
    return Cell(Mark(said.severity), said.source or trial_id, whole)


def _caption(shown: int) -> str:
    if shown < WATCHED:
        return ""
    return f"The {words.count(shown)} trials with the worst verdicts, then the newest."
