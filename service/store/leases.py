"""Leases: fence writes, give trials back, and take them from workers that went silent."""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.errors import LeaseLost
from service.plan import Plan
from service.store import events, studies, trials, workers
from service.store.claims import hashed
from service.store.rows import found
from service.tables import Attempt, Lease, Study, Trial, now

RENEW_SHARE = 1 / 30  # of its time is gone before it is renewed: 1 s of the default 30
NO_MORE = "{lost} attempts were lost with their workers; the last one: {worker}"


def fenced(session: Session, lease_id: int, token: str) -> tuple[Lease, Study]:
    """The lease, locked, if it is alive and the token is its own; and its study, not locked.

    Raises LeaseLost.
    """
    query = (
        select(Lease, Study)
        .join(Study, Study.id == Lease.study_id)
        .where(Lease.id == lease_id)
        .with_for_update(of=Lease, key_share=True)
    )
    row = session.execute(query).first()
    if row is None or not secrets.compare_digest(row[0].token_hash, hashed(token)):
        raise LeaseLost(f"there is no lease {lease_id} with this token; claim anew")
    lease, study = row
    if lease.state != "active":
        raise LeaseLost(f"lease {lease_id} is {lease.state}; nothing was changed; claim anew")
    if lease.expires_at <= now():
        raise LeaseLost(
            f"lease {lease_id} expired at {lease.expires_at:%H:%M:%S} UTC; "
            "nothing was changed; claim anew"
        )
    return lease, study


def renew(session: Session, lease: Lease, lease_seconds: float) -> None:
    """The lease lasts this long from now, its worker is alive, and whoever watches is told so.

    One that was renewed a moment ago is left as it is: reports may come fast.
    """
    age = lease_seconds - (lease.expires_at - now()).total_seconds()
    if age < lease_seconds * RENEW_SHARE:
        return
    events.emit(session, "epochs", lease.study_id)
    lease.expires_at = now() + timedelta(seconds=lease_seconds)
    workers.touch(session, lease.worker_id)


def plan(session: Session, lease: Lease, chosen: Plan) -> None:
    """Keep how the worker trains the lease's trials."""
    lease.plan = chosen.model_dump(mode="json")
    session.flush()
    events.emit(session, "study_planned", lease.study_id)


def widen(session: Session, lease: Lease, slots: int) -> None:
    """The worker can hold so many trials, though it may have claimed fewer to begin with."""
    if slots > lease.slots:
        lease.slots = slots
        workers.widen(session, lease.worker_id, slots)


def release(session: Session, lease: Lease, state: str) -> None:
    """End the lease; trials that it still holds wait again, at no cost to them.

    The caller holds the study's lock.
    """
    held = _running(session, lease)
    _close(session, lease, state)
    _put_back(session, held)


def give_back(session: Session, lease: Lease, trial_ids: Collection[int]) -> None:
    """Some of its trials wait again, at no cost to them. The caller holds the study's lock."""
    if trial_ids:
        _put_back(session, [a for a in _running(session, lease) if a.trial_id in trial_ids])


def reap(session: Session, max_attempts: int) -> int:
    """Take the trials of every expired lease back; the number of attempts that were lost.

    A trial waits again, or fails for good once `max_attempts` of its attempts were lost.
    """
    expired = session.scalars(
        select(Lease)
        .where(Lease.state == "active", Lease.expires_at <= now())
        .order_by(Lease.id)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    return sum(_reap_one(session, lease, max_attempts) for lease in expired)


def _reap_one(session: Session, lease: Lease, max_attempts: int) -> int:
    study = found(session, Study, lease.study_id, lock=True)
    lost = _running(session, lease)
    _close(session, lease, "lost" if lost else "ended")
    if not lost:
        return 0
    _end_attempts(session, lost, "lost", "the worker was not heard of any more")
    trials.put_back(session, [a.trial_id for a in lost], lost=True)
    _tell(session, "attempt_lost", lost)
    _give_up(session, lease, [a.trial_id for a in lost], max_attempts)
    studies.settle(session, study)
    return len(lost)


def _give_up(session: Session, lease: Lease, trial_ids: Sequence[int], max_attempts: int) -> None:
    spent = session.scalars(
        select(Trial)
        .where(Trial.id.in_(trial_ids), Trial.lost >= max_attempts)
        .execution_options(populate_existing=True)
    ).all()
    for trial in spent:
        reason = NO_MORE.format(lost=trial.lost, worker=f"worker {lease.worker_id}")
        trials.end(trial, "failed", reason)
        events.emit(session, "trial_failed", trial.study_id, trial.id, reason=reason)


def _running(session: Session, lease: Lease) -> Sequence[Attempt]:
    query = select(Attempt).where(Attempt.lease_id == lease.id, Attempt.state == "running")
    return session.scalars(query.order_by(Attempt.trial_id)).all()


def _put_back(session: Session, held: Sequence[Attempt]) -> None:
    if held:
        _end_attempts(session, held, "released", "given back by the worker")
        trials.put_back(session, [a.trial_id for a in held], lost=False)
        _tell(session, "trial_released", held)


def _close(session: Session, lease: Lease, state: str) -> None:
    lease.state = state
    lease.ended_at = now()
    session.flush()


def _end_attempts(session: Session, attempts: Sequence[Attempt], state: str, reason: str) -> None:
    session.execute(
        update(Attempt)
        .where(Attempt.id.in_([attempt.id for attempt in attempts]))
        .values(state=state, ended_at=now(), reason=reason)
    )


def _tell(session: Session, kind: str, attempts: Sequence[Attempt]) -> None:
    events.emit_each(
        session, [(kind, a.study_id, a.trial_id, {"attempt": a.number}) for a in attempts]
    )
