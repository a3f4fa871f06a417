"""Events: what changed, in order; read by the event stream, the logs and the dashboard."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store.paging import Page, page
from service.store.rows import insert_all
from service.tables import EventRow, now


def emit(
    session: Session, kind: str, study: int | None, trial: int | None = None, **data: Any
) -> None:
    """Record one event."""
    emit_each(session, [(kind, study, trial, data)])


def emit_each(
    session: Session, events: Sequence[tuple[str, int | None, int | None, dict[str, Any]]]
) -> None:
    """Record events (kind, study, trial, data) in their order."""
    at = now()
    rows = [
        {"at": at, "kind": kind, "study_id": study, "trial_id": trial, "data": data}
        for kind, study, trial, data in events
    ]
    insert_all(session, EventRow, rows)


def latest_id(session: Session) -> int:
    """Number of the newest event; 0 before the first."""
    return session.scalar(select(func.max(EventRow.id))) or 0


def numbers(session: Session, kind: str, study: int, *, after: int) -> set[int]:
    """Those of the study's events of a kind that are above this number."""
    query = select(EventRow.id).where(
        EventRow.study_id == study, EventRow.id > after, EventRow.kind == kind
    )
    return set(session.scalars(query))


def after(
    session: Session, event_id: int, *, study: int | None = None, limit: int = 500
) -> Sequence[EventRow]:
    """Events above this number, in order."""
    query = select(EventRow).where(EventRow.id > event_id)
    if study is not None:
        query = query.where(EventRow.study_id == study)
    return session.scalars(query.order_by(EventRow.id).limit(limit)).all()


def of_trial(session: Session, trial: int, *, cursor: str | None, limit: int) -> Page[EventRow]:
    """A trial's log."""
    query = select(EventRow).where(EventRow.trial_id == trial)
    return page(session, query, EventRow.id, EventRow.id, cursor=cursor, limit=limit)
