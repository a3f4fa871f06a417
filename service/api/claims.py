"""/v1/claims: a worker asks for trials, and may wait until there are some."""

import asyncio
import itertools
import time

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from service.db import Database
from service.deps import DatabaseOf, SettingsOf
from service.errors import Invalid
from service.replies import ready
from service.settings import Settings
from service.store import claims, studies, workers
from service.store.rows import found
from service.tables import Study
from service.wire import Claim, ClaimRequest
from trainer.recipe import Problem

router = APIRouter(prefix="/v1/claims", tags=["workers"])

POLL_SECONDS = 0.25  # between two looks for work; a look is one indexed read
GREET_SHARE = 1 / 3  # of a lease's time between two notes that a worker waits


@router.post(
    "",
    response_model=Claim,
    responses={204: {"description": "Nothing waits."}},
    summary="Claim trials",
)
async def claim(
    request: Request, database: DatabaseOf, settings: SettingsOf, wanted: ClaimRequest
) -> Response:
    """Up to `slots` trials of one stack key under a new lease; 204 where none came in time."""
    if wanted.slots > settings.max_slots:
        raise Invalid(
            [Problem("slots", wanted.slots, f"{wanted.slots} is above {settings.max_slots}")]
        )
    began = time.monotonic()
    deadline = began + min(wanted.wait_seconds, settings.claim_wait_seconds)
    greetings = itertools.count(began, settings.lease_seconds * GREET_SHARE)
    greeting = next(greetings)
    given = await run_in_threadpool(_attempt, database, settings, wanted)
    while given is None:
        if time.monotonic() >= greeting:
            await run_in_threadpool(_greet, database, wanted)
            greeting = next(greetings)
        if time.monotonic() + POLL_SECONDS > deadline:
            break
        await asyncio.sleep(POLL_SECONDS)
        if await request.is_disconnected():
            break  # a worker that has died meanwhile must not be given trials
        given = await run_in_threadpool(_attempt, database, settings, wanted)
    return ready(given) if given else Response(status_code=204)


def _greet(database: Database, wanted: ClaimRequest) -> None:
    """A worker that waits is seen too, and counts where trials are shared."""
    with database.writing() as session:
        worker_id = workers.enrolled(session, wanted.worker, wanted.slots)
        workers.asked(session, worker_id, wanted.slots, wanted.study)


def _attempt(database: Database, settings: Settings, wanted: ClaimRequest) -> Claim | None:
    """A look first, so that waiting workers do not queue for the one writer of SQLite."""
    with database.reading() as session:
        if wanted.study is not None:
            found(session, Study, wanted.study)
        if not studies.with_work(session, wanted.study, most=1):
            return None
    with database.writing() as session:
        return claims.claim(
            session,
            wanted.worker,
            wanted.slots,
            lease_seconds=settings.lease_seconds,
            study_id=wanted.study,
        )
