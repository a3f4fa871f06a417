"""/v1/trials/{id}/repair: train a trial's point with a remedy, as a new trial of its study."""

from typing import Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.deps import DatabaseOf, Id
from service.store import repairs
from service.views import TrialView

router = APIRouter(prefix="/v1/trials", tags=["trials"])


class Repair(BaseModel):
    """The remedy of a check's verdict on the trial, or a patch of one's own."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"patch": {"optimizer.lr": 0.01}}}
    )

    check: str | None = Field(default=None, description="A check whose remedy is a patch.")
    patch: dict[str, Any] | None = Field(
        default=None, min_length=1, max_length=100, description="Recipe path → new value."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.check is None) == (self.patch is None):
            raise ValueError("give `check` or `patch`, one of the two")
        return self


@router.post("/{trial_id}/repair", status_code=201, summary="Train a remedy as a new trial")
def repair(database: DatabaseOf, trial_id: Id, given: Repair) -> TrialView:
    """The new trial waits, and names the one it repairs; a complete study runs again."""
    with database.writing() as session:
        patch = given.patch or repairs.remedy_of(session, trial_id, given.check or "")
        return TrialView.of(repairs.repair(session, trial_id, patch))
