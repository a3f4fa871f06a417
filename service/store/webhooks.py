"""Webhooks: who is told of which events, and how far each has been told.

What was delivered is a number in the row, so that a restart loses nothing. A copy of the service
delivers under a lease on the row, whose end `leased_until` fences what it writes afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.store import events
from service.store.paging import Page, page
from service.tables import EventRow, Webhook, now

MOST = 100  # webhooks
MOST_FAILURES = 10  # in a row, after which a webhook is disabled: after some 85 minutes
FIRST_PAUSE = timedelta(seconds=5)  # after a failure; then twice as long each time
LONGEST_PAUSE = timedelta(hours=1)
FAR = 1000  # events that a webhook does not want, after which it is noted that it is past them
SETTLED = timedelta(seconds=2)  # a slower writer's lower number may appear so much later


@dataclass(frozen=True)
class Outcome:
    """How a try went, in words; `gone`: the receiver wants no more (410)."""

    delivered: bool
    said: str
    gone: bool = False


def create(session: Session, url: str, kinds: Sequence[str], secret: str) -> Webhook:
    """A webhook that is told of what happens from now on. Raises Conflict where there are many."""
    if (session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST:
        raise Conflict(f"there are {MOST} webhooks already; delete one first")
    row = Webhook(
        url=url, events=list(kinds), secret=secret, last_event=events.latest_id(session), failures=0
    )
    session.add(row)
    session.flush()
    return row


def listed(session: Session, *, cursor: str | None, limit: int) -> Page[Webhook]:
    """Newest first."""
    query = select(Webhook)
    return page(session, query, Webhook.id, Webhook.id, descending=True, cursor=cursor, limit=limit)


def settled(session: Session) -> int:
    """Number of the newest event before which none can appear any more; 0 where there is none."""
    old = select(EventRow.id).where(EventRow.at <= now() - SETTLED)
    return session.scalars(old.order_by(EventRow.id.desc()).limit(1)).first() or 0


def due(session: Session) -> list[int]:
    """Webhooks that nobody delivers to, and that have something to be told or are far behind."""
    waiting = session.scalars(select(Webhook).where(_free())).all()
    newest = settled(session) if waiting else 0
    return [
        row.id
        for row in waiting
        if newest - row.last_event > FAR or pending(session, row, newest, limit=1)
    ]


def pending(session: Session, row: Webhook, newest: int, *, limit: int) -> Sequence[EventRow]:
    """Events that the webhook wants and has not been told of, in order, up to `newest`."""
    query = select(EventRow).where(
        EventRow.id > row.last_event, EventRow.id <= newest, EventRow.kind.in_(row.events)
    )
    return session.scalars(query.order_by(EventRow.id).limit(limit)).all()


def claim(session: Session, webhook_id: int, lasts: timedelta) -> Webhook | None:
    """The webhook, leased to the caller; None where somebody else was faster."""
    query = update(Webhook).where(Webhook.id == webhook_id, _free())
    until = now() + lasts
    taken = session.execute(query.values(leased_until=until).returning(Webhook.id)).first()
    return None if taken is None else session.get(Webhook, webhook_id, populate_existing=True)


def settle(session: Session, row: Webhook, last_event: int, outcome: Outcome | None) -> bool:
    """Keep how far a leased webhook was told, and how the last try went, if there was one.

    False where the lease was lost meanwhile; then nothing is kept.
    """
    kept = session.get(Webhook, row.id, with_for_update=True, populate_existing=True)
    if kept is None or kept.leased_until != row.leased_until:
        return False
    kept.last_event = last_event
    kept.leased_until = None
    if outcome is not None:
        _judge(kept, outcome)
    session.flush()
    return True


def tested(session: Session, row: Webhook, outcome: Outcome) -> Webhook:
    """Keep how a test went. One that arrived opens a disabled webhook again, where it stopped."""
    row.tried_at, row.said = now(), outcome.said
    if outcome.delivered:
        row.state, row.failures, row.next_try_at = "active", 0, None
    session.flush()
    return row


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 5 s, 10 s, 20 s, … 1 h."""
    growth: int = 2 ** (failures - 1)
    return min(FIRST_PAUSE * growth, LONGEST_PAUSE)


def _judge(row: Webhook, outcome: Outcome) -> None:
    at = now()
    row.tried_at, row.said = at, outcome.said
    row.failures = 0 if outcome.delivered else row.failures + 1
    row.next_try_at = None if outcome.delivered else at + pause(row.failures)
    if outcome.gone or row.failures >= MOST_FAILURES:
        row.state, row.next_try_at = "disabled", None


def _free() -> ColumnElement[bool]:
    at: datetime = now()
    return and_(
        Webhook.state == "active",
        or_(Webhook.leased_until.is_(None), Webhook.leased_until < at),
        or_(Webhook.next_try_at.is_(None), Webhook.next_try_at <= at),
    )
