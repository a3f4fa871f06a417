"""/v1/verdicts: query what the checks said, over all studies."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from diagnostics.check import CHECKS
from diagnostics.parts import did_you_mean, nearest
from service.deps import OptionalId, PlaceOf, Reading
from service.errors import Invalid
from service.store import verdicts
from service.store.rows import found
from service.tables import Severity, Study, Trial
from service.views import Listing, VerdictView, listing
from trainer.recipe import Problem

router = APIRouter(prefix="/v1/verdicts", tags=["verdicts"])


@router.get("", summary="Query verdicts")
def list_verdicts(
    session: Reading,
    place: PlaceOf,
    study: OptionalId = None,
    trial: OptionalId = None,
    check: str | None = None,
    severity: Severity | None = None,
    since: Annotated[datetime | None, Query(description="Given at or after this moment.")] = None,
) -> Listing[VerdictView]:
    if study is not None:
        found(session, Study, study)
    if trial is not None:
        found(session, Trial, trial)
    if check is not None and check not in CHECKS.names():
        message = f"no check is called {check!r}; {did_you_mean(check, CHECKS.names())}"
        raise Invalid([Problem("check", check, message, tuple(nearest(check, CHECKS.names())))])
    page = verdicts.listed(
        session,
        study=study,
        trial=trial,
        check=check,
        severity=severity,
        since=since,
        cursor=place.cursor,
        limit=place.limit,
    )
    return Listing(**listing(page, VerdictView))
