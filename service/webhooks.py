"""Tells webhooks of events: a thread that reads what each has not been told yet, and posts it.

At least once: what was told is written after it arrived, so that a crash in between tells it again,
under the same `webhook-id`. In order: one that fails is tried again before the next. Several copies
of the service share the work by leases on the rows.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Literal, get_args

import httpx
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.db import Database
from service.posting import Letter, NotDelivered, post
from service.store import webhooks
from service.store.rows import found
from service.store.webhooks import Outcome
from service.tables import EventRow, Study, Trial, Webhook, now

log = logging.getLogger("sitter.service")

# What may be asked for. Others, such as `epochs`, come many times a second and tell little.
Kind = Literal[
    "study_created",
    "study_changed",
    "study_complete",
    "study_deleted",
    "trials_enqueued",
    "trial_complete",
    "trial_pruned",
    "trial_infeasible",
    "trial_failed",
    "trial_cancelled",
    "attempt_lost",
    "verdict",
]
KINDS: tuple[str, ...] = get_args(Kind)

POLL_SECONDS = 1.0
AT_ONCE = 8  # webhooks that are told at the same time
BATCH = 50  # events told under one lease
BATCH_SECONDS = 20.0  # after which what was told is written down
LEASE = timedelta(seconds=60)  # longer than a batch and its last timeout take


class Courier(threading.Thread):
    """Delivers until `stop`, every POLL_SECONDS what has come."""

    def __init__(self, database: Database) -> None:
        super().__init__(name="sitter-courier", daemon=True)
        self._database = database
        self._stopping = threading.Event()
        self._busy: set[int] = set()

    def run(self) -> None:
        """A database that does not answer is asked again next time."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sitter-courier") as pool:
            while not self._stopping.wait(POLL_SECONDS):
                try:
                    with self._database.reading() as session:
                        waiting = webhooks.due(session)
                except SQLAlchemyError:
                    log.exception("could not look for webhooks; trying again")
                    continue
                for webhook_id in set(waiting) - self._busy:
                    self._busy.add(webhook_id)
                    pool.submit(self._serve, webhook_id)

    def stop(self) -> None:
        """Ends the thread and waits for it, at most as long as one delivery takes."""
        self._stopping.set()
        self.join()

    def _serve(self, webhook_id: int) -> None:
        try:
            serve(self._database, webhook_id, self._stopping)
        except Exception:  # nobody else would see it
            log.exception("could not deliver to webhook %d; trying again", webhook_id)
        finally:
            self._busy.discard(webhook_id)


def serve(database: Database, webhook_id: int, stopping: threading.Event) -> None:
    """Tell one webhook what it has not been told, if nobody else does."""
    with database.writing() as session:
        row = None if stopping.is_set() else webhooks.claim(session, webhook_id, LEASE)
        if row is None:
            return
        newest = max(row.last_event, webhooks.settled(session))
        told = webhooks.pending(session, row, newest, limit=BATCH)
        letters = [(event.id, _letter(session, row, event)) for event in told]
    outcome, last_event = asyncio.run(_deliver(row, letters, stopping))
    if len(letters) < BATCH and (not letters or last_event == letters[-1][0]):
        last_event = newest  # nothing else up to there is for this webhook
    with database.writing() as session:
        webhooks.settle(session, row, last_event, outcome)
    if outcome is not None and not outcome.delivered:
        log.warning("webhook %d: %s", row.id, outcome.said)


def test(database: Database, webhook_id: int) -> Webhook:
    """Send a test now. Raises NotFound."""
    with database.reading() as session:
        row = found(session, Webhook, webhook_id)
    body = {"type": "test", "timestamp": now().isoformat(), "data": {"webhook": row.id}}
    letter = Letter(f"sitter-{row.id}-test-{time.time_ns()}", body)
    outcome, _ = asyncio.run(_deliver(row, [(0, letter)], threading.Event()))
    assert outcome is not None
    with database.writing() as session:
        return webhooks.tested(session, found(session, Webhook, webhook_id), outcome)


async def _deliver(
    row: Webhook, letters: Sequence[tuple[int, Letter]], stopping: threading.Event
) -> tuple[Outcome | None, int]:
    """How the last try went, None where there was nothing to tell; the last event that arrived."""
    deadline = time.monotonic() + BATCH_SECONDS
    outcome, last_event = None, row.last_event
    # Proxies named in the environment would undo the look at the address.
    async with httpx.AsyncClient(trust_env=False, timeout=None) as client:
        for event_id, letter in letters:
            try:
                outcome = Outcome(True, await post(client, row.url, row.secret, letter))
            except NotDelivered as error:
                return Outcome(False, str(error), gone=error.gone), last_event
            last_event = event_id
            if stopping.is_set() or time.monotonic() > deadline:
                break
    return outcome, last_event


def _letter(session: Session, row: Webhook, event: EventRow) -> Letter:
    study = session.get(Study, event.study_id) if event.study_id else None
    trial = session.get(Trial, event.trial_id) if event.trial_id else None
    data = {
        "event": event.id,
        "study": event.study_id,
        "study_name": study.name if study else None,
        "trial": event.trial_id,
        "trial_number": trial.number if trial else None,
        **event.data,
    }
    body = {"type": event.kind, "timestamp": event.at.isoformat(), "data": data}
    return Letter(f"sitter-{row.id}-{event.id}", body)
