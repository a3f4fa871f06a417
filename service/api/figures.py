"""Figures of studies and trials, as Plotly JSON: `Plotly.newPlot(element, figure)` draws them."""

from typing import Any

from fastapi import APIRouter

from diagnostics.parts import Folder, UnknownPart
from service.dashboard.figures import STUDY_FIGURES, TRIAL_FIGURES
from service.dashboard.study_room import study_scene
from service.dashboard.trial_room import trial_scene
from service.deps import Id, Reading
from service.errors import NotFound

router = APIRouter(prefix="/v1", tags=["figures"])


@router.get("/studies/{study_id}/figures/{name}", summary="A figure of a study")
def of_study(session: Reading, study_id: Id, name: str) -> dict[str, Any]:
    drawing: dict[str, Any] = _figure(STUDY_FIGURES, name).draw(study_scene(session, study_id))
    return drawing


@router.get("/trials/{trial_id}/figures/{name}", summary="A figure of a trial")
def of_trial(session: Reading, trial_id: Id, name: str) -> dict[str, Any]:
    drawing: dict[str, Any] = _figure(TRIAL_FIGURES, name).draw(trial_scene(session, trial_id))
    return drawing


def _figure(folder: Folder, name: str) -> Any:
    try:
        return folder.load(name)()
    except UnknownPart as error:
        raise NotFound("figure", f"{name!r}: {error}") from error
