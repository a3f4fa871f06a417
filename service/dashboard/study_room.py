"""A study's page: its rows become the words, marks and links that the template shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from sqlalchemy.orm import Session

from diagnostics import Severity
from service.dashboard import answers, stacking, words
from service.dashboard.figures import STUDY_FIGURES
from service.dashboard.figures.panels import panels
from service.dashboard.figures.scene import Point, StudyScene, axes_of, numeric
from service.dashboard.rooms import progress
from service.dashboard.views import (
    Cell,
    Mark,
    Matrix,
    MatrixColumn,
    MatrixRow,
    StudyPage,
    TrialRow,
    TrialTable,
)
from service.store import events, pages, plans, studies, trials, verdicts
from service.store.rows import found
from service.study import StudyDocument
from service.tables import Study, Trial
from service.views import BestView
from trainer.recipe import get_path

WATCHED = 200  # trials in the matrix
DRAWN = 2000  # points in a figure; SVG draws no more than this smoothly
SHOWN = 20  # trials in the table at first
MOST_SHOWN = 1000
SPOILED = 1000  # infeasible points that the sentence looks at
TABLE_PATHS = 4  # searched settings that get a column


def study_page(session: Session, study_id: int, show: int = SHOWN) -> StudyPage:
    """Raises NotFound. `show` is the number of trials in the table."""
    study = found(session, Study, study_id)
    event = events.latest_id(session)
    document = StudyDocument.stored(study.document)
    counts = studies.counts(session, [study])[study.id]
    plan = plans.of_study(session, study.id)
    return StudyPage(
        id=study.id,
        name=study.name,
        state=study.state,
        answer=answers.of_study(_facts(session, study, counts)),
        progress=progress(counts),
        trained="" if plan is None else stacking.of_study(plan),
        timed=None if plan is None else stacking.table(plan),
        facts=_words(study, document),
        note=study.note,
        panels=panels(STUDY_FIGURES, f"/v1/studies/{study.id}/figures"),
        matrix=matrix(session, study.id),
        trials=_table(session, study, document, min(show, MOST_SHOWN)),
        document=yaml.safe_dump(study.document, sort_keys=False, allow_unicode=True),
        follow=study.state in ("running", "paused"),
        event=event,
    )


def study_scene(session: Session, study_id: int) -> StudyScene:
    """What a study's figures draw from. Raises NotFound."""
    study = found(session, Study, study_id)
    document = StudyDocument.stored(study.document)
    axes = axes_of(document.space)
    drawn = {axis.path for axis in axes}
    fixed = _fixed(document, document.space)
    rows = pages.points(session, study.id, DRAWN)
    return StudyScene(
        metric=study.metric,
        maximize=study.direction == "maximize",
        axes=axes,
        others=tuple(path for path in words.in_order(document.space) if path not in drawn),
        points=tuple(
            Point(row.id, row.number, row.state, fixed | row.params, numeric(row.value))
            for row in rows
        ),
        left_out=0 if len(rows) < DRAWN else pages.drawn(session, study.id) - len(rows),
    )


def matrix(session: Session, study_id: int) -> Matrix:
    """Checks × trials, for the trials with the worst verdicts and then the newest."""
    watched = sorted(pages.watched(session, study_id, WATCHED), key=lambda row: row.number)
    judged = len(watched)
    if judged == WATCHED:
        judged = pages.judged(session, study_id)
    board = _Board()
    board.add_own(session, [row.id for row in watched])
    board.add_shared(session, study_id, {row.id: row.stack_key for row in watched})
    rows = tuple(
        MatrixRow(check, tuple(_cell(board, row.id, row.number, check) for row in watched))
        for check in sorted(board.checks)
    )
    columns = tuple(MatrixColumn(row.id, words.count(row.number)) for row in watched)
    return Matrix(columns, rows, _matrix_caption(len(watched), judged))


@dataclass
class _Said:
    """A check on a trial; `source` is the trial that measured it for the whole shape."""

    severity: Severity
    summary: str
    source: int | None = None


@dataclass
class _Board:
    """trial → check → what was said."""

    said: dict[int, dict[str, _Said]] = field(default_factory=dict)
    checks: set[str] = field(default_factory=set)

    def add_own(self, session: Session, trial_ids: list[int]) -> None:
        """The trials' own verdicts."""
        for row in pages.marks(session, trial_ids):
            self._put(row.trial, row.check, _Said(Severity(row.severity), row.summary))

    def add_shared(self, session: Session, study_id: int, shapes: Mapping[int, str]) -> None:
        """Verdicts on a recipe shape, for its trials that have none of their own."""
        members: dict[str, list[int]] = {}
        for trial_id, shape in shapes.items():
            members.setdefault(shape, []).append(trial_id)
        for row in pages.shared(session, study_id):
            for trial_id in members.get(row.stack_key, ()):
                if row.check not in self.said.get(trial_id, {}):
                    said = _Said(Severity(row.severity), row.summary, row.trial)
                    self._put(trial_id, row.check, said)

    def worst(self, trial_id: int) -> Mark | None:
        """The worst mark of a trial; None where no check has spoken."""
        found = [said.severity for said in self.said.get(trial_id, {}).values()]
        return Mark(max(found, key=lambda s: s.rank)) if found else None

    def _put(self, trial_id: int, check: str, said: _Said) -> None:
        self.said.setdefault(trial_id, {})[check] = said
        self.checks.add(check)


def _cell(board: _Board, trial_id: int, number: int, check: str) -> Cell | None:
    said = board.said.get(trial_id, {}).get(check)
    if said is None:
        return None
    whole = f"Trial {words.count(number)}, {check}: {said.severity.value}. {said.summary}"
    if said.source is not None:
        whole += " (measured once for all trials of this shape)"
    return Cell(Mark(said.severity), said.source or trial_id, whole)


def _matrix_caption(shown: int, judged: int) -> str:
    if shown == judged:
        return ""
    return (
        f"The {words.count(shown)} trials with the worst verdicts, then the newest, "
        f"of {words.count(judged)}."
    )


def _facts(session: Session, study: Study, counts: dict[str, int]) -> answers.StudyFacts:
    fatal = (
        check for check, said in verdicts.table(session, study.id).items() if said.get("fatal")
    )
    return answers.StudyFacts(
        metric=study.metric,
        state=study.state,
        counts=counts,
        best=BestView.of(studies.best_point(session, study)),
        spoiled=pages.spoiled(session, study.id, SPOILED) if counts["infeasible"] else (),
        fatal=frozenset(fatal),
        failure=pages.last_failure(session, study.id) if counts["failed"] else None,
        repeats=int(study.document["repeats"]),
    )


def _words(study: Study, document: StudyDocument) -> tuple[tuple[str, str], ...]:
    tags = [("tags", ", ".join(study.tags))] if study.tags else []
    ended = [("ended", words.moment(study.ended_at))] if study.ended_at else []
    repeats = [("seeds per point", str(document.repeats))] if document.repeats > 1 else []
    return (
        ("objective", f"{study.direction} {words.metric(study.metric)}"),
        ("strategy", document.strategy.name),
        ("stopping", document.stopping.name),
        *repeats,
        ("submitted", words.moment(study.created_at)),
        *ended,
        *tags,
    )


def _table(session: Session, study: Study, document: StudyDocument, show: int) -> TrialTable:
    descending = study.direction == "maximize"
    page = trials.listed(session, study.id, sort="value", descending=descending, limit=show)
    board = _Board()
    board.add_own(session, [trial.id for trial in page.items])
    paths = words.in_order(document.space)[:TABLE_PATHS]
    drawn = pages.drawn(session, study.id) if page.next else len(page.items)
    shown = len(page.items)
    return TrialTable(
        metric=words.capital(words.metric(study.metric)),
        paths=tuple((path, words.path_title(path)) for path in paths),
        rows=tuple(_rows(page.items, study, _fixed(document, paths), board)),
        caption=f"The first {words.count(shown)} of {words.count(drawn)}" if page.next else "",
        more=min(show * 4, MOST_SHOWN) if page.next and show < MOST_SHOWN else None,
    )


def _fixed(document: StudyDocument, paths: Iterable[str]) -> dict[str, Any]:
    """What the recipe says of searched paths: a given point may leave some of them to it."""
    return {path: get_path(document.recipe, path) for path in paths}


def _rows(
    items: Iterable[Trial], study: Study, fixed: Mapping[str, Any], board: _Board
) -> Iterable[TrialRow]:
    for trial in items:
        params = {**fixed, **trial.params}
        yield TrialRow(
            id=trial.id,
            number=words.count(trial.number),
            state=trial.state,
            value=words.objective(study.metric, trial.value),
            epoch=words.MISSING if trial.best_epoch is None else words.count(trial.best_epoch),
            params=tuple(words.param(params[path]) for path in fixed),
            worst=board.worst(trial.id),
        )
