"""The dashboard's pages: `/`, `/studies/{id}`, `/trials/{id}`, `/checks`, `/fleet`."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from service.dashboard import check_room, rooms, study_room, trial_room
from service.dashboard.templating import page
from service.deps import Id, Reading, SettingsOf, ShelfOf

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
def studies(session: Reading, cursor: str | None = None) -> HTMLResponse:
    return page("studies.html", rooms.studies_page(session, cursor))


@router.get("/studies/{study_id}")
def study(
    session: Reading,
    study_id: Id,
    show: Annotated[int, Query(ge=1, le=study_room.MOST_SHOWN)] = study_room.SHOWN,
) -> HTMLResponse:
    return page("study.html", study_room.study_page(session, study_id, show))


@router.get("/trials/{trial_id}")
def trial(session: Reading, shelf: ShelfOf, trial_id: Id) -> HTMLResponse:
    return page("trial.html", trial_room.trial_page(session, shelf, trial_id))


@router.get("/checks")
def checks() -> HTMLResponse:
    return page("checks.html", check_room.checks_page())


@router.get("/fleet")
def fleet(session: Reading, settings: SettingsOf, cursor: str | None = None) -> HTMLResponse:
    return page("fleet.html", rooms.fleet_page(session, settings, cursor))
