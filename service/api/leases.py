"""/v1/leases: reports under a lease, its end, and the files of its trials."""

import re
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from service.db import Database
from service.deps import DatabaseOf, Id, LeaseToken, SettingsOf, ShelfOf
from service.errors import Conflict, Invalid
from service.parcel import FILE_NAME, TrialFile, unpacked
from service.quick_json import QuickRoute
from service.replies import ready
from service.shelf import Shelf
from service.store import artifacts, leases, reports, studies
from service.store.rows import found
from service.tables import Study
from service.views import ErrorView
from service.wire import Orders, Report, Stops
from trainer.recipe import Problem

FENCED = {409: {"model": ErrorView, "description": "The lease is lost; nothing was changed."}}

router = APIRouter(
    prefix="/v1/leases",
    tags=["workers"],
    responses=FENCED,  # type: ignore[arg-type]
    route_class=QuickRoute,
)

BYTES: dict[str, Any] = {"requestBody": {"content": {"application/octet-stream": {}}}}


@router.post(
    "/{lease_id}/reports",
    response_model=Orders,
    summary="Report epochs and verdicts; renews the lease",
)
def report(
    database: DatabaseOf, settings: SettingsOf, lease_id: Id, token: LeaseToken, news: Report
) -> Response:
    """Idempotent by (trial, attempt, epoch). An empty report is a heartbeat."""
    if news.free_slots > settings.max_slots:
        message = f"{news.free_slots} is above {settings.max_slots}"
        raise Invalid([Problem("free_slots", news.free_slots, message)])
    with database.writing() as session:
        orders = reports.report(
            session, lease_id, token, news, lease_seconds=settings.lease_seconds
        )
    return ready(orders)


@router.post(
    "/{lease_id}/finish",
    response_model=Orders,
    summary="End trials, give the rest back, end the lease",
)
def finish(database: DatabaseOf, lease_id: Id, token: LeaseToken, news: Report) -> Response:
    with database.writing() as session:
        orders = reports.finish(session, lease_id, token, news)
    return ready(orders)


@router.delete("/{lease_id}", status_code=204, summary="Give every trial back")
def release(database: DatabaseOf, lease_id: Id, token: LeaseToken) -> Response:
    with database.writing() as session:
        lease, study = leases.fenced(session, lease_id, token)
        study = found(session, Study, study.id, lock=True)
        leases.release(session, lease, "released")
        studies.settle(session, study)
    return Response(status_code=204)


@router.put(
    "/{lease_id}/trials/{trial_id}/artifacts/{name}",
    status_code=204,
    summary="Store a file of a trial",
    openapi_extra=BYTES,
)
async def keep_artifact(
    request: Request,
    database: DatabaseOf,
    shelf: ShelfOf,
    lease_id: Id,
    trial_id: Id,
    name: str,
    token: LeaseToken,
) -> Response:
    """The body is the file as it is. A file of the same name is replaced."""
    if not re.fullmatch(FILE_NAME, name):
        message = "takes letters, digits, '.', '_' and '-', at most 100"
        raise Invalid([Problem("name", name, message)])
    file = TrialFile(trial_id, name, await request.body())
    if await run_in_threadpool(_keep, database, shelf, lease_id, token, [file]):
        raise Conflict(f"lease {lease_id} does not hold trial {trial_id}; nothing was stored")
    return Response(status_code=204)


@router.put(
    "/{lease_id}/artifacts",
    response_model=Stops,
    summary="Store files of several trials",
    openapi_extra=BYTES,
)
async def keep_artifacts(
    request: Request, database: DatabaseOf, shelf: ShelfOf, lease_id: Id, token: LeaseToken
) -> Response:
    """The body's first line lists the files as JSON, `{"files": [{"trial", "name", "bytes"}, …]}`;
    behind its line feed their bytes follow, one after another. Files of the same name are replaced.
    """
    files = unpacked(await request.body())
    stop = await run_in_threadpool(_keep, database, shelf, lease_id, token, files)
    return ready(Stops(stop=stop))


def _keep(
    database: Database, shelf: Shelf, lease_id: int, token: str, files: Sequence[TrialFile]
) -> list[int]:
    with database.writing() as session:
        return artifacts.keep(session, shelf, lease_id, token, files)
