"""Judging a stored history again: what there is to judge, and verdicts in place of earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from diagnostics import Cause, Facts, History, Verdict
from diagnostics.check import CHECKS
from service.errors import Conflict
from service.histories import history_of, is_folded, stored_facts
from service.store import diagnoses, events, verdicts
from service.store.rows import found, upsert
from service.study import StudyDocument
from service.tables import Attempt, Epoch, Study, Trial, VerdictRow, now
from trainer.facts import recipe_facts


@dataclass(frozen=True)
class Stored:
    """What a trial's last attempt told, how its study is watched, and its verdicts so far."""

    history: History
    document: StudyDocument
    verdicts: dict[str, Verdict]


def stored(session: Session, trial_id: int) -> Stored:
    """Raises NotFound, and Conflict where the epochs are means over folds.

    Where the worker has not told what it judged with, the recipe says what it can.
    """
    trial = found(session, Trial, trial_id)
    document = StudyDocument.stored(found(session, Study, trial.study_id).document)
    told = stored_facts(_attempt(session, trial))
    history = history_of(
        _epochs(session, trial), told or _recipe_facts(document, trial), told=told is not None
    )
    if is_folded(history):
        raise Conflict(
            f"the epochs of trial {trial_id} are means over folds, which were judged one by one; "
            "what each of them measured is not kept"
        )
    own = {row.check_name: verdicts.as_verdict(row) for row in verdicts.own(session, trial_id)}
    return Stored(history, document, own)


def keep(session: Session, trial_id: int, said: Sequence[Verdict], causes: Sequence[Cause]) -> None:
    """These verdicts and causes take the place of the trial's. Raises NotFound, and Conflict where
    the trial is not over: its worker would replace them.
    """
    trial = found(session, Trial, trial_id)
    found(session, Study, trial.study_id, lock=True)  # so that one is kept after another
    if trial.ended_at is None:
        raise Conflict(
            f"trial {trial_id} is {trial.state}; its verdicts can be replaced once it is over"
        )
    at = now()
    rows = [verdicts.values(trial, v, CHECKS.load(v.check).scope, at) for v in said]
    checks = [verdict.check for verdict in said]
    session.execute(
        delete(VerdictRow).where(
            VerdictRow.trial_id == trial_id, VerdictRow.check_name.not_in(checks)
        )
    )
    upsert(session, VerdictRow, rows, key=["trial_id", "check_name"])
    diagnoses.replace(session, trial.study_id, trial_id, causes)
    events.emit(session, "trial_rejudged", trial.study_id, trial_id)


def _attempt(session: Session, trial: Trial) -> Attempt | None:
    query = select(Attempt).where(Attempt.trial_id == trial.id, Attempt.number == trial.attempts)
    return session.scalars(query).first()


def _epochs(session: Session, trial: Trial) -> Sequence[Epoch]:
    query = select(Epoch).where(Epoch.trial_id == trial.id, Epoch.attempt == trial.attempts)
    return session.scalars(query.order_by(Epoch.epoch)).all()


def _recipe_facts(document: StudyDocument, trial: Trial) -> Facts:
    """A trial that failed for its point has no recipe."""
    if not trial.stack_key:
        return Facts()
    return recipe_facts(document.recipe_at(trial.params, trial.repeat))
