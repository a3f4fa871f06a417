"""/v1/trials/{id}/cancel: end a trial that waits or trains."""

from fastapi import APIRouter

from service.deps import DatabaseOf, Id
from service.store import cancelling
from service.views import TrialView

router = APIRouter(prefix="/v1/trials", tags=["trials"])


@router.post("/{trial_id}/cancel", summary="Cancel a trial")
def cancel(database: DatabaseOf, trial_id: Id) -> TrialView:
    """Its worker is told to stop with the next report; what it has reported stays."""
    with database.writing() as session:
        return TrialView.of(cancelling.cancel(session, trial_id))
