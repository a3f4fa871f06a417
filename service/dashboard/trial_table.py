"""A study's trials as a table: filtered, sorted and selected by what its address says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from diagnostics.causes import CAUSES
from service.dashboard import words
from service.dashboard.study_views import Choice, Column, TrialRow, TrialTable
from service.dashboard.verdict_matrix import Board
from service.store import diagnoses, pages, trials
from service.study import StudyDocument
from service.tables import TRIAL_STATES, Severity, Study, Trial, TrialState
from trainer.recipe import get_path

SHOWN = 20  # trials at first
MOST_SHOWN = 1000
TABLE_PATHS = 4  # searched settings that get a column

Sort = Literal["value", "number", "ended_at"]


@dataclass(frozen=True)
class View:
    """Which trials the table shows, in which order. `best_first` turns `value` round."""

    state: TrialState | None = None
    check: str | None = None
    severity: Severity | None = None
    cause: str | None = None
    sort: Sort = "value"
    backwards: bool = False
    show: int = SHOWN

    def address(self, study_id: int) -> str:
        """The page that shows it; what is as it is by itself is left out."""
        said = {
            "state": self.state,
            "check": self.check,
            "severity": self.severity,
            "cause": self.cause,
            "sort": None if self.sort == "value" else self.sort,
            "backwards": "true" if self.backwards else None,
            "show": None if self.show == SHOWN else self.show,
        }
        query = urlencode({name: value for name, value in said.items() if value is not None})
        return f"/studies/{study_id}{'?' if query else ''}{query}#trials"

    @property
    def filtered(self) -> str:
        """`infeasible, non_finite fatal`; empty where every trial is shown."""
        said = [self.check, self.severity]
        verdict = " ".join(word for word in said if word)
        cause = CAUSES.get(self.cause, self.cause) if self.cause else ""
        return ", ".join(part for part in (self.state, verdict, cause) if part)


def table(session: Session, study: Study, document: StudyDocument, view: View) -> TrialTable:
    """The trials that the view asks for."""
    maximize = study.direction == "maximize"
    listed = trials.listed(
        session,
        study.id,
        state=view.state,
        check=view.check,
        severity=view.severity,
        cause=view.cause,
        sort=view.sort,
        descending=(maximize if view.sort == "value" else view.sort == "ended_at") ^ view.backwards,
        limit=min(view.show, MOST_SHOWN),
    )
    fixed = _fixed(document, words.in_order(document.space)[:TABLE_PATHS])
    more = listed.next is not None and view.show < MOST_SHOWN
    every = replace(view, state=None, check=None, severity=None, cause=None, show=SHOWN)
    return TrialTable(
        columns=tuple(_columns(study, view, fixed)),
        rows=tuple(_rows(session, listed.items, study, fixed)),
        states=tuple(_states(study.id, view)),
        filtered=view.filtered,
        clear=every.address(study.id),
        caption=_caption(session, study, view, len(listed.items)) if listed.next else "",
        more=replace(view, show=min(view.show * 4, MOST_SHOWN)).address(study.id) if more else "",
    )


def _columns(study: Study, view: View, fixed: Mapping[str, Any]) -> Iterable[Column]:
    yield _sorting("Trial", "number", study.id, view)
    yield _sorting(words.capital(words.metric(study.metric)), "value", study.id, view)
    for path in fixed:
        yield Column(words.path_title(path), path, "", "none")


def _sorting(name: str, sort: Sort, study_id: int, view: View) -> Column:
    """A second click on the heading turns the order round."""
    mine = view.sort == sort
    link = replace(view, sort=sort, backwards=mine and not view.backwards).address(study_id)
    order = ("descending" if view.backwards else "ascending") if mine else "none"
    return Column(name, "", link, order)


def _states(study_id: int, view: View) -> Iterable[Choice]:
    yield Choice("all", replace(view, state=None).address(study_id), view.state is None)
    for state in TRIAL_STATES:
        wanted: Any = state
        link = replace(view, state=wanted).address(study_id)
        yield Choice(state, link, view.state == state)


def _caption(session: Session, study: Study, view: View, shown: int) -> str:
    """`The first 20 of 64`; how many a filter lets through is not counted."""
    first = f"The first {words.count(shown)}"
    return first if view.filtered else f"{first} of {words.count(pages.drawn(session, study.id))}"


def _fixed(document: StudyDocument, paths: Iterable[str]) -> dict[str, Any]:
    """What the recipe says of searched paths: a given point may leave some of them to it."""
    return {path: get_path(document.recipe, path) for path in paths}


def _rows(
    session: Session, items: Iterable[Trial], study: Study, fixed: Mapping[str, Any]
) -> Iterable[TrialRow]:
    shown = list(items)
    board = Board()
    board.add_own(session, [trial.id for trial in shown])
    causes = diagnoses.likeliest(session, [trial.id for trial in shown])
    for trial in shown:
        params = {**fixed, **trial.params}
        yield TrialRow(
            id=trial.id,
            number=words.count(trial.number),
            state=trial.state,
            value=words.objective(study.metric, trial.value),
            epoch=words.MISSING if trial.best_epoch is None else words.count(trial.best_epoch),
            params=tuple(words.param(params[path]) for path in fixed),
            worst=board.worst(trial.id),
            cause=_cause(causes.get(trial.id)),
        )


def _cause(found: tuple[str, float] | None) -> str:
    if found is None:
        return words.MISSING
    cause, confidence = found
    return f"{CAUSES.get(cause, words.capital(cause.replace('_', ' ')))} ({confidence:.2f})"
