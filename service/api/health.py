"""/healthz and /readyz: is the process alive, and can it do its work?"""

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from service import schema
from service.deps import DatabaseOf

router = APIRouter(tags=["operations"])


@router.get("/healthz", summary="The process is alive")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="The database answers and its tables are up to date")
def readyz(database: DatabaseOf, response: Response) -> dict[str, str]:
    try:
        database.ping()
        state = schema.state(database.engine)
    except SQLAlchemyError as error:
        response.status_code = 503
        return {"status": "not ready", "reason": f"the database does not answer: {error}"}
    if not state.up_to_date:
        response.status_code = 503
        return {"status": "not ready", "reason": str(state)}
    return {"status": "ready", "revision": str(state.current)}
