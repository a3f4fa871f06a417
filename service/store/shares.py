"""Fair shares: how many trials one worker may hold while others train or wait for the same study.

What is left and what runs is divided by the workers that are alive, so that two of them share a
study half and half however many slots each has, and nobody stands idle at its end.
"""

from datetime import timedelta
from math import ceil

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from service.tables import Attempt, Lease, Study, Trial, Worker, now


def share(session: Session, study: Study, worker_id: int, slots: int, lease_seconds: float) -> int:
    """How many more trials the worker may take: up to `slots`, and 1 at least where it has none.

    The caller holds the study's lock.
    """
    alive = 1 + _others(session, study, worker_id, lease_seconds)
    if alive == 1:
        return slots
    running, own = _running(session, study, worker_id)
    left = study.budget - study.next_ordinal
    left += _waiting(session, study, most=alive * (own + slots))
    return max(0, min(slots, ceil((left + running) / alive) - own))


def _others(session: Session, study: Study, worker_id: int, lease_seconds: float) -> int:
    """Other workers heard of within a lease's time that train this study, or wait and may."""
    active = select(Lease.worker_id).where(Lease.state == "active")
    here = Worker.id.in_(active.where(Lease.study_id == study.id))
    waits = and_(
        Worker.id.not_in(active), or_(Worker.study_id.is_(None), Worker.study_id == study.id)
    )
    query = select(func.count()).where(
        Worker.last_seen_at >= now() - timedelta(seconds=lease_seconds),
        Worker.id != worker_id,
        or_(here, waits),
    )
    return session.scalar(query) or 0


def _running(session: Session, study: Study, worker_id: int) -> tuple[int, int]:
    """The study's trials that are being trained, and those of them by this worker."""
    own = func.count().filter(Attempt.worker_id == worker_id)
    query = (
        select(func.count(), own)
        .select_from(Attempt)
        .join(Lease, Lease.id == Attempt.lease_id)
        .where(Lease.study_id == study.id, Lease.state == "active", Attempt.state == "running")
    )
    counted = session.execute(query).one()
    return counted[0], counted[1]


def _waiting(session: Session, study: Study, most: int) -> int:
    """Counted up to `most`: no share is larger."""
    some = (
        select(Trial.id)
        .where(Trial.study_id == study.id, Trial.state == "waiting")
        .limit(most)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0
