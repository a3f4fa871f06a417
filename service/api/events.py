"""/v1/events: live changes as Server-Sent Events (WHATWG HTML, §9.2)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from service.db import Database
from service.deps import DatabaseOf, GrantOf, GrantsOf, OptionalId
from service.grants import Grants
from service.roles import Grant
from service.store import events
from service.views import EventView

router = APIRouter(prefix="/v1/events", tags=["events"])

POLL_SECONDS = 0.5
QUIET_SECONDS = 15.0  # a comment is sent this often, so that proxies keep the connection
LOOK_BACK = 200  # events read again, since a slower writer's lower number may appear later


@dataclass
class Tail:
    """Follows the events of one study, or of all, from `last` on."""

    database: Database
    study: int | None
    last: int
    _told: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._start = self.last

    def fresh(self) -> list[EventView]:
        """Events that appeared since the last call, in order."""
        floor = max(self._start, self.last - LOOK_BACK)
        with self.database.reading() as session:
            rows = [
                EventView.of(row)
                for row in events.after(session, floor, study=self.study, limit=LOOK_BACK + 500)
                if row.id not in self._told
            ]
        self.last = max([self.last, *(row.id for row in rows)])
        self._told = {i for i in self._told | {row.id for row in rows} if i > self.last - LOOK_BACK}
        return rows


@router.get(
    "",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
    summary="Follow changes as they happen",
)
async def follow(
    request: Request,
    database: DatabaseOf,
    grants: GrantsOf,
    grant: GrantOf,
    study: OptionalId = None,
    after: Annotated[
        int | None, Query(ge=0, lt=2**31, description="Begin behind this event.")
    ] = None,
    last_event_id: Annotated[int | None, Header(ge=0, lt=2**31)] = None,
) -> StreamingResponse:
    """Each event's data is the JSON of an EventView; a client that reconnects misses nothing."""
    start = last_event_id if last_event_id is not None else after
    if start is None:
        start = await run_in_threadpool(_latest, database)
    stream = _stream(request, Tail(database, study, start), grants, grant)
    return StreamingResponse(
        stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


def _latest(database: Database) -> int:
    with database.reading() as session:
        return events.latest_id(session)


async def _stream(request: Request, tail: Tail, grants: Grants, grant: Grant) -> AsyncIterator[str]:
    """Until the reader leaves, or their token ends."""
    yield ": following\n\n"
    quiet = 0.0
    while not await request.is_disconnected() and await grants.still(grant):
        rows = await run_in_threadpool(tail.fresh)
        for row in rows:
            yield f"id: {row.id}\nevent: {row.kind}\ndata: {row.model_dump_json()}\n\n"
        quiet = 0.0 if rows else quiet + POLL_SECONDS
        if quiet >= QUIET_SECONDS:
            quiet = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)
