"""Plans: how the trials of leases are trained, as their workers told it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.plan import Plan
from service.store.paging import Page, page
from service.tables import Lease


def of_study(session: Session, study_id: int) -> Plan | None:
    """That of the study's newest lease that has one."""
    query = select(Lease.plan).where(Lease.study_id == study_id, Lease.plan.is_not(None))
    told = session.scalars(query.order_by(Lease.id.desc()).limit(1)).first()
    return None if told is None else Plan.model_validate(told)


def of_workers(session: Session, worker_ids: Collection[int]) -> dict[int, Plan]:
    """Worker → what it trains by now, where it has told."""
    query = select(Lease.worker_id, Lease.plan).where(
        Lease.state == "active", Lease.worker_id.in_(worker_ids), Lease.plan.is_not(None)
    )
    rows = session.execute(query.order_by(Lease.id))
    return {worker_id: Plan.model_validate(told) for worker_id, told in rows}


def of_leases(session: Session, lease_ids: Collection[int]) -> dict[int, Plan]:
    """Lease → its plan, where there is one."""
    query = select(Lease.id, Lease.plan).where(Lease.id.in_(lease_ids), Lease.plan.is_not(None))
    return {lease_id: Plan.model_validate(told) for lease_id, told in session.execute(query)}


def leases(session: Session, study_id: int, *, cursor: str | None, limit: int) -> Page[Lease]:
    """A study's leases, newest first."""
    query = select(Lease).where(Lease.study_id == study_id)
    return page(session, query, Lease.id, Lease.id, descending=True, cursor=cursor, limit=limit)
