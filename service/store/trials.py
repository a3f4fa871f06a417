"""Trials: draw them from the strategy, enqueue given points, read them, put them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.search import Observed
from service.store import events, studies
from service.store.paging import Page, page
from service.store.rows import found, insert_all
from service.study import StudyDocument
from service.tables import ENDED, TRIAL_STATES, DiagnosisRow, Study, Trial, VerdictRow, now
from trainer.recipe import Point, Recipe, problems

OPEN = tuple(state for state in TRIAL_STATES if state not in ENDED)
COLUMNS = [column.key for column in Trial.__table__.columns if column.key != "id"]
SORTS = {"number": Trial.number, "value": Trial.value, "ended_at": Trial.ended_at}


@dataclass(frozen=True)
class Draft:
    """A new trial that waits, and its recipe; None where the point makes none: it has failed."""

    trial: Trial
    recipe: Recipe | None


def draw(session: Session, study: Study, document: StudyDocument, most: int) -> list[Draft]:
    """Up to `most` new trials from the strategy, to be `add`ed; fewer where the budget ends.

    The caller holds the study's lock, which makes the ordinal atomic.
    """
    first = study.next_ordinal
    number = min(most, study.budget - first)
    if number <= 0:
        return []
    places = [divmod(i, document.repeats) for i in range(first, first + number)]
    ordinals = sorted({ordinal for ordinal, _ in places})
    known = _points(session, study, ordinals) if document.repeats > 1 else {}
    fresh = [ordinal for ordinal in ordinals if ordinal not in known]
    seen = observed(session, study) if document.strategy.needs_history else []
    drawn = document.strategy.propose(document.space, fresh, seen, document.objective.direction)
    points = known | dict(zip(fresh, drawn, strict=True))
    study.next_ordinal += number
    return [
        drafted(study, document, points[ordinal], repeat, ordinal) for ordinal, repeat in places
    ]


def add(session: Session, fresh: Sequence[Trial]) -> None:
    """Insert new trials of one study and give them their ids; the session does not keep them.

    One statement for all, where the unit of work would send a parameter for every value.
    """
    if not fresh:
        return
    # What was never set is null; the object's own dictionary says so at once.
    insert_all(session, Trial, [{key: vars(t).get(key) for key in COLUMNS} for t in fresh])
    query = select(Trial.number, Trial.id).where(
        Trial.study_id == fresh[0].study_id,
        Trial.number.between(fresh[0].number, fresh[-1].number),
    )
    ids = {row.number: row.id for row in session.execute(query)}
    for trial in fresh:
        trial.id = ids[trial.number]


def enqueue(session: Session, study_id: int, points: Sequence[Mapping[str, Any]]) -> list[Trial]:
    """New waiting trials at these points, one per repeat, beside the strategy's budget.

    A complete study runs again. Raises Invalid naming the point and path, Conflict where the
    study has been cancelled.
    """
    study = found(session, Study, study_id, lock=True)
    if study.state in ("cancelled", "failed"):
        raise Conflict(f"study {study.id} is {study.state} and takes no more points")
    document = StudyDocument.stored(study.document)
    checked = [
        document.checked_point(params, f"points.{index}") for index, params in enumerate(points)
    ]
    added = [
        drafted(study, document, params, repeat, None).trial
        for params in checked
        for repeat in range(document.repeats)
    ]
    add(session, added)
    studies.reopen(study)
    events.emit(session, "trials_enqueued", study.id, trials=[trial.id for trial in added])
    return added


def listed(
    session: Session,
    study_id: int,
    *,
    state: str | None = None,
    check: str | None = None,
    severity: str | None = None,
    cause: str | None = None,
    sort: str = "number",
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Trial]:
    """A study's trials, filtered by state, by having a verdict of this check and severity, and by
    having this cause in their diagnosis.
    """
    query = select(Trial).where(Trial.study_id == study_id)
    if state is not None:
        query = query.where(Trial.state == state)
    if check is not None or severity is not None:
        verdict = exists().where(VerdictRow.trial_id == Trial.id)
        if check is not None:
            verdict = verdict.where(VerdictRow.check_name == check)
        if severity is not None:
            verdict = verdict.where(VerdictRow.severity == severity)
        query = query.where(verdict)
    if cause is not None:
        named = exists().where(DiagnosisRow.trial_id == Trial.id, DiagnosisRow.cause == cause)
        query = query.where(named)
    return page(
        session, query, SORTS[sort], Trial.id, descending=descending, cursor=cursor, limit=limit
    )


def observed(session: Session, study: Study) -> list[Observed]:
    """What a strategy may know of the study: every trial, in the order of their numbers."""
    query = (
        select(Trial.ordinal, Trial.params, Trial.value, Trial.state)
        .where(Trial.study_id == study.id)
        .order_by(Trial.number)
    )
    return [Observed(*row) for row in session.execute(query)]


def settled(session: Session, study_id: int) -> tuple[int, int]:
    """An id up to which every trial of the study is over, so that no worker tells of it again; and
    the id of its newest trial. The newest is read first: what is added meanwhile is above it.
    """
    of_study = Trial.study_id == study_id
    query = select(Trial.id).where(of_study).order_by(Trial.number.desc()).limit(1)
    newest = session.scalar(query) or 0
    first_open = session.scalar(select(func.min(Trial.id)).where(of_study, Trial.state.in_(OPEN)))
    return (newest if first_open is None else min(first_open - 1, newest)), newest


def put_back(session: Session, trial_ids: Sequence[int], *, lost: bool) -> None:
    """Make trials wait again as if never begun; what their attempts reported stays in `epochs`."""
    session.execute(delete(VerdictRow).where(VerdictRow.trial_id.in_(trial_ids)))
    session.execute(
        update(Trial)
        .where(Trial.id.in_(trial_ids))
        .values(
            state="waiting",
            value=None,
            best_epoch=None,
            epochs_done=0,
            started_at=None,
            lost=Trial.lost + int(lost),
        )
    )


def end(trial: Trial, state: str, reason: str | None) -> None:
    """Put a trial into a state that it does not leave."""
    trial.state = state
    trial.reason = reason
    trial.ended_at = now()


def drafted(
    study: Study,
    document: StudyDocument,
    params: Point,
    repeat: int,
    ordinal: int | None,
) -> Draft:
    """A trial with the study's next number, not inserted yet. The caller holds the study's lock."""
    trial = Trial(
        study_id=study.id,
        number=study.next_number,
        ordinal=ordinal,
        repeat=repeat,
        state="waiting",
        params=params,
        stack_key="",
        epochs=0,
        epochs_done=0,
        attempts=0,
        lost=0,
        created_at=now(),
    )
    study.next_number += 1
    try:
        recipe = document.recipe_at(params, repeat)
    except ValidationError as error:
        # Each value is allowed, but not with the others: nesterov without momentum.
        end(trial, "failed", "; ".join(map(str, problems(error, Recipe))))
        return Draft(trial, None)
    trial.stack_key, trial.epochs = recipe.stack_key(), recipe.epochs
    return Draft(trial, recipe)


def _points(session: Session, study: Study, ordinals: Sequence[int]) -> dict[int, Point]:
    """Points that an earlier draw has already begun, of which more repeats are due."""
    query = select(Trial.ordinal, Trial.params).where(
        Trial.study_id == study.id, Trial.ordinal.in_(ordinals), Trial.repeat == 0
    )
    return {ordinal: params for ordinal, params in session.execute(query) if ordinal is not None}
