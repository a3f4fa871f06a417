"""Fair shares: how many trials one worker may hold while others train or wait for the same study.

What is left and what runs is divided by the workers that are alive: two of them share a study half
and half however many slots each has, and nobody stands idle at its end. What others cannot hold is
not kept for them: a worker whose plan is narrow leaves the rest to the one with the wide stack.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from math import ceil, inf

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from service.plan import Plan
from service.tables import Attempt, Lease, Study, Trial, Worker, now


def share(session: Session, study: Study, worker_id: int, slots: int, lease_seconds: float) -> int:
    """How many more trials the worker may take: up to `slots`, and 1 at least where it has none.

    The caller holds the study's lock.
    """
    others = _others(session, study, worker_id, lease_seconds)
    if not others:
        return slots
    alive = 1 + len(others)
    held, widths = _held(session, study), _widths(session, study, others)
    own = held.get(worker_id, 0)
    left = study.budget - study.next_ordinal
    left += _waiting(session, study, most=alive * (own + slots))
    fair = ceil((left + sum(held.values())) / alive)
    kept = sum(max(0, min(widths.get(o, inf), fair) - held.get(o, 0)) for o in others)
    return max(0, min(slots, int(max(fair - own, left - kept))))


def _others(session: Session, study: Study, worker_id: int, lease_seconds: float) -> Sequence[int]:
    """Other workers heard of within a lease's time that train this study, or wait and may."""
    active = select(Lease.worker_id).where(Lease.state == "active")
    here = Worker.id.in_(active.where(Lease.study_id == study.id))
    waits = and_(
        Worker.id.not_in(active), or_(Worker.study_id.is_(None), Worker.study_id == study.id)
    )
    query = select(Worker.id).where(
        Worker.last_seen_at >= now() - timedelta(seconds=lease_seconds),
        Worker.id != worker_id,
        or_(here, waits),
    )
    return session.scalars(query).all()


def _held(session: Session, study: Study) -> dict[int, int]:
    """Worker → how many trials of the study it trains."""
    query = (
        select(Attempt.worker_id, func.count())
        .join(Lease, Lease.id == Attempt.lease_id)
        .where(Lease.study_id == study.id, Lease.state == "active", Attempt.state == "running")
        .group_by(Attempt.worker_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _widths(session: Session, study: Study, worker_ids: Collection[int]) -> dict[int, int]:
    """Worker → how many trials it trains at once, where it has told a plan for this study."""
    newest = (
        select(func.max(Lease.id))
        .where(Lease.study_id == study.id, Lease.worker_id.in_(worker_ids), Lease.plan.is_not(None))
        .group_by(Lease.worker_id)
    )
    told = session.execute(select(Lease.worker_id, Lease.plan).where(Lease.id.in_(newest)))
    return {worker_id: Plan.model_validate(plan).width for worker_id, plan in told}


def _waiting(session: Session, study: Study, most: int) -> int:
    """Counted up to `most`: no share is larger."""
    some = (
        select(Trial.id)
        .where(Trial.study_id == study.id, Trial.state == "waiting")
        .limit(most)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0
