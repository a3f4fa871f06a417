"""/v1/claims: a worker asks for trials, and may wait until there are some."""

import asyncio
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
    patience = min(wanted.wait_seconds, settings.claim_wait_seconds)
    deadline = time.monotonic() + patience
    given = await run_in_threadpool(_attempt, database, settings, wanted)
    if given is None:
        await run_in_threadpool(_greet, database, wanted)
    while given is None and time.monotonic() + POLL_SECONDS <= deadline:
        await asyncio.sleep(POLL_SECONDS)
        if await request.is_disconnected():
            break  # a worker that has died meanwhile must not be given trials
        given = await run_in_threadpool(_attempt, database, settings, wanted)
    return ready(given) if given else Response(status_code=204)


def _greet(database: Database, wanted: ClaimRequest) -> None:
    """A worker that waits is seen too."""
    with database.writing() as session:
        workers.seen(session, wanted.worker, wanted.slots)


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
