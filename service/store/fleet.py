"""The fleet at a glance: who is online, how much of it is busy, and what it gets done."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store.paging import Page, page
from service.tables import LEASE_STATES, Attempt, Lease, Worker


class Strength(NamedTuple):
    """The workers of one device that are online: their slots, and how many of these train."""

    device: str
    workers: int
    slots: int
    busy: int


def strength(session: Session, since: datetime) -> list[Strength]:
    """Of each device of the workers heard of since then, the one with most slots first."""
    busy = (
        select(func.count())
        .where(Attempt.lease_id == Lease.id, Attempt.state == "running")
        .where(Lease.state == "active", Lease.worker_id == Worker.id)
        .correlate(Worker)
        .scalar_subquery()
    )
    alive = (
        select(Worker.device, Worker.slots, busy.label("busy"))
        .where(Worker.last_seen_at >= since)
        .subquery()
    )
    slots = func.sum(alive.c.slots)
    query = (
        select(alive.c.device, func.count(), slots, func.sum(alive.c.busy))
        .group_by(alive.c.device)
        .order_by(slots.desc(), alive.c.device)
    )
    return [Strength(d, int(n), int(s), int(b)) for d, n, s, b in session.execute(query)]


def online(session: Session, since: datetime, most: int) -> Sequence[Worker]:
    """The workers heard of since then, by name."""
    query = select(Worker).where(Worker.last_seen_at >= since)
    return session.scalars(query.order_by(Worker.name).limit(most)).all()


def silent(session: Session, since: datetime, *, cursor: str | None, limit: int) -> Page[Worker]:
    """The workers not heard of since then, those heard of last first."""
    query = select(Worker).where(Worker.last_seen_at < since)
    by = Worker.last_seen_at
    return page(session, query, by, Worker.id, descending=True, cursor=cursor, limit=limit)


def counted(session: Session, since: datetime) -> tuple[int, int]:
    """How many workers were heard of since then, and how many were not."""
    heard = func.count().filter(Worker.last_seen_at >= since)
    row = session.execute(select(heard, func.count()).select_from(Worker)).one()
    return int(row[0]), int(row[1] - row[0])


def ended(session: Session, worker_ids: Collection[int], since: datetime) -> dict[int, int]:
    """Worker → how many trials it has ended since then; workers with none miss.

    A lease is renewed by what it reports, so that those that expired before have ended none.
    """
    query = (
        select(Attempt.worker_id, func.count())
        .join(Lease, Lease.id == Attempt.lease_id)
        .where(Lease.state.in_(LEASE_STATES), Lease.expires_at >= since)
        .where(Attempt.state == "ended", Attempt.ended_at >= since)
        .where(Attempt.worker_id.in_(worker_ids))
        .group_by(Attempt.worker_id)
    )
    return {row.worker_id: int(row[1]) for row in session.execute(query)}
