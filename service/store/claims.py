"""Claims: hand waiting trials of one stack key to a worker, under a lease."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store import events, resuming, shares, studies, trials, workers
from service.store.rows import found, insert_all
from service.study import StudyDocument
from service.tables import Attempt, Lease, Study, Trial, now
from service.wire import Assignment, Claim, WorkerInfo
from trainer.recipe import Recipe

TOKEN_BYTES = 18


def claim(
    session: Session,
    worker: WorkerInfo,
    slots: int,
    *,
    lease_seconds: float,
    study_id: int | None = None,
) -> Claim | None:
    """Up to `slots` trials of the oldest study that has any, or None where nothing waits."""
    worker_id = workers.enrolled(session, worker, slots)
    for candidate in studies.with_work(session, study_id):
        study = found(session, Study, candidate, lock=True)
        if study.state != "running":
            continue
        document = StudyDocument.stored(study.document)
        most = shares.share(session, study, worker_id, slots, lease_seconds)
        taken = _take(session, study, document, most)
        if taken:
            workers.asked(session, worker_id, slots, study_id)
            lease, token = _lease(session, taken, worker_id, slots, lease_seconds)
            return Claim(
                lease=lease.id,
                token=token,
                lease_seconds=lease_seconds,
                study=study.id,
                objective=document.objective.model_dump(mode="json"),
                diagnostics=document.diagnostics.model_dump(mode="json"),
                prompt=document.stopping.name != "none",
                searches_optimizer=any(p.split(".")[0] == "optimizer" for p in document.space),
                assignments=_assign(session, study, lease, taken),
            )
    return None


def refill(session: Session, lease: Lease, slots: int, *, lease_seconds: float) -> list[Assignment]:
    """New trials for the free slots of a lease, of its own stack key.

    The caller holds the study's lock.
    """
    study = found(session, Study, lease.study_id)
    if study.state != "running":
        return []
    document = StudyDocument.stored(study.document)
    most = shares.share(session, study, lease.worker_id, slots, lease_seconds)
    taken = _take(session, study, document, most, lease.stack_key)
    return _assign(session, study, lease, taken)


def hashed(token: str) -> str:
    """How a lease token is kept: SHA-256, since it is random and long."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class _Taken:
    """A trial that the lease is to hold, running already, and what it trains."""

    trial: Trial
    recipe: Recipe


def _take(
    session: Session, study: Study, document: StudyDocument, slots: int, key: str | None = None
) -> list[_Taken]:
    """Start waiting trials, then fresh points; those of another stack key are left waiting."""
    if slots == 0:
        return []
    waiting = _waiting(session, study, slots, key)
    for trial in waiting:
        _start(trial)
    taken = [_Taken(t, document.recipe_at(t.params, t.repeat)) for t in waiting]
    key = waiting[0].stack_key if waiting else key
    if len(taken) < slots:
        taken += _drawn(session, study, document, slots - len(taken), key)
    return taken


def _drawn(
    session: Session, study: Study, document: StudyDocument, most: int, key: str | None
) -> list[_Taken]:
    """Fresh trials of the stack `key`; None: of the first that can be trained."""
    while drafts := trials.draw(session, study, document, most):
        sound = [_Taken(draft.trial, draft.recipe) for draft in drafts if draft.recipe]
        key = key or (sound[0].trial.stack_key if sound else None)
        fitting = [taken for taken in sound if taken.trial.stack_key == key]
        for taken in fitting:
            _start(taken.trial)
        trials.add(session, [draft.trial for draft in drafts])
        if sound:
            return fitting
    studies.settle(session, study)
    return []


def _start(trial: Trial) -> None:
    trial.state = "running"
    trial.attempts += 1
    trial.started_at = now()


def _waiting(session: Session, study: Study, slots: int, key: str | None) -> list[Trial]:
    query = (
        select(Trial)
        .where(Trial.study_id == study.id, Trial.state == "waiting")
        .order_by(Trial.number)
        .limit(slots)
        .with_for_update(skip_locked=True, key_share=True)
    )
    if key is None:
        first = session.scalars(query.limit(1)).first()
        if first is None:
            return []
        key = first.stack_key
    return list(session.scalars(query.where(Trial.stack_key == key)))


def _lease(
    session: Session, taken: Sequence[_Taken], worker_id: int, slots: int, lease_seconds: float
) -> tuple[Lease, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    first = taken[0].trial
    lease = Lease(
        study_id=first.study_id,
        worker_id=worker_id,
        token_hash=hashed(token),
        stack_key=first.stack_key,
        slots=slots,
        expires_at=now() + timedelta(seconds=lease_seconds),
    )
    session.add(lease)
    session.flush()
    return lease, token


def _assign(
    session: Session,
    study: Study,
    lease: Lease,
    taken: Sequence[_Taken],
) -> list[Assignment]:
    measured = _measured_shapes(session, study)
    resumable = resuming.snapshots(session, [t.trial.id for t in taken if t.trial.attempts > 1])
    assignments = []
    for each in taken:
        trial = each.trial
        assignments.append(
            Assignment(
                trial=trial.id,
                number=trial.number,
                attempt=trial.attempts,
                params=trial.params,
                recipe=each.recipe.model_dump(mode="json"),
                preflight=trial.stack_key not in measured or trial.repair_of is not None,
                resumable=resumable.get(trial.id, []),
            )
        )
        if trial.repair_of is None:
            measured.add(trial.stack_key)
    insert_all(session, Attempt, [_attempt(lease, a) for a in assignments])
    claimed = [("trial_running", study.id, a.trial, {"attempt": a.attempt}) for a in assignments]
    events.emit_each(session, claimed)
    return assignments


def _attempt(lease: Lease, assignment: Assignment) -> dict[str, object]:
    return {
        "study_id": lease.study_id,
        "trial_id": assignment.trial,
        "number": assignment.attempt,
        "lease_id": lease.id,
        "worker_id": lease.worker_id,
        "state": "running",
        "preflight": assignment.preflight,
        "started_at": now(),
    }


def _measured_shapes(session: Session, study: Study) -> set[str]:
    """Recipe shapes that an attempt has measured or is measuring.

    A repair measures for itself: it may differ in what the others of its shape have in common.
    """
    query = (
        select(Trial.stack_key)
        .join(Attempt, Attempt.trial_id == Trial.id)
        .where(
            Attempt.study_id == study.id,
            Attempt.preflight,
            Attempt.state.in_(("running", "ended")),
            Trial.repair_of.is_(None),
        )
        .distinct()
    )
    return set(session.scalars(query))
