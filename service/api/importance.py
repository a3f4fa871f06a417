"""/v1/studies/{id}/importance: which of the searched settings matter."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from service.dashboard.study_scene import study_importance
from service.deps import CensusesOf, Id, Reading

router = APIRouter(prefix="/v1/studies", tags=["studies"])


class PathImportance(BaseModel):
    """A searched path; what all of them leave to 1 is explained by their combinations alone."""

    path: str
    importance: float = Field(description="Share of the objective's variance, from 0 to 1.")


class ImportanceView(BaseModel):
    """The paths, the most important first; none where fewer than 10 trials are complete."""

    items: list[PathImportance]
    trials: int = Field(description="How many complete trials were looked at, 1000 at most.")


@router.get("/{study_id}/importance", summary="Which of the searched settings matter")
def of_study(session: Reading, censuses: CensusesOf, study_id: Id) -> ImportanceView:
    found = study_importance(session, censuses, study_id)
    items = [PathImportance(path=path, importance=share) for path, share in found.shares]
    return ImportanceView(items=items, trials=found.trials)
