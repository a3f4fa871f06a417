"""Repairs: a trial's point with a patch, trained as a new trial of the same study."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from diagnostics.check import CHECKS
from diagnostics.parts import did_you_mean, nearest
from service.errors import Conflict, Invalid
from service.store import events, studies, trials, verdicts
from service.store.rows import found
from service.study import StudyDocument, plain
from service.tables import Study, Trial, VerdictRow
from trainer.recipe import Problem, get_path

SEED = "seed"


def repair(session: Session, trial_id: int, patch: Mapping[str, Any]) -> Trial:
    """A new waiting trial; a complete study runs again.

    It has the seed of the trial that it repairs, so that both can be compared, and no ordinal: it
    is none of the strategy's. Raises Invalid naming the path under `patch`, and Conflict where the
    study has been cancelled or the patch changes nothing.
    """
    broken = found(session, Trial, trial_id)
    study = found(session, Study, broken.study_id, lock=True)
    if study.state in ("cancelled", "failed"):
        raise Conflict(f"study {study.id} is {study.state} and takes no more trials")
    document = StudyDocument.stored(study.document)
    params = document.patched_point(broken.params, patch)
    repeat = 0 if SEED in patch else broken.repeat
    recipe = document.recipe_at(params, repeat)
    if broken.stack_key and recipe == document.recipe_at(broken.params, broken.repeat):
        raise Conflict(f"the patch changes nothing: trial {trial_id} has these values already")
    made = trials.drafted(study, document, params, repeat, None).trial
    made.repair_of = trial_id
    made.patch = {path: plain(get_path(recipe, path)) for path in patch}
    trials.add(session, [made])
    studies.reopen(study)
    events.emit(session, "trials_enqueued", study.id, trials=[made.id])
    return made


def remedy_of(session: Session, trial_id: int, check: str) -> dict[str, Any]:
    """The patch that a check's verdict on the trial advises.

    Raises Invalid where there is no such check, and Conflict where it has not spoken or its advice
    is no change of the recipe.
    """
    if check not in CHECKS.names():
        message = f"no check is called {check!r}; {did_you_mean(check, CHECKS.names())}"
        raise Invalid([Problem("check", check, message, tuple(nearest(check, CHECKS.names())))])
    verdict = _verdict(session, found(session, Trial, trial_id), check)
    if verdict is None:
        raise Conflict(
            f"{check} has said nothing of trial {trial_id}; name another check, or give a `patch`"
        )
    patch: dict[str, Any] = (verdict.remedy or {}).get("patch") or {}
    if not patch:
        raise Conflict(
            f"what {check} says of trial {trial_id} has no remedy that is a change of the recipe; "
            'choose one: {"patch": {recipe path: value}}'
        )
    return patch


def by_original(session: Session, trial_ids: Iterable[int]) -> dict[int, list[int]]:
    """Trial → the trials that repair it, in order; trials without any miss."""
    query = select(Trial.repair_of, Trial.id).where(Trial.repair_of.in_(list(trial_ids)))
    repaired: dict[int, list[int]] = {}
    for original, trial_id in session.execute(query.order_by(Trial.id)):
        if original is not None:
            repaired.setdefault(original, []).append(trial_id)
    return repaired


def _verdict(session: Session, trial: Trial, check: str) -> VerdictRow | None:
    """The trial's own, before one for its shape."""
    said = [row for row in verdicts.of_trial(session, trial) if row.check_name == check]
    return min(said, key=lambda row: row.trial_id != trial.id, default=None)
