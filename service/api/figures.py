"""Figures of studies and trials, as Plotly JSON: `Plotly.newPlot(element, figure)` draws them."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from pydantic_core import to_json

from diagnostics.parts import Folder, UnknownPart
from service.dashboard.figures import (
    STUDY_FIGURES,
    TRIAL_FIGURES,
    Drawing,
    StudyFigure,
    TrialFigure,
)
from service.dashboard.study_scene import study_scene
from service.dashboard.trial_scene import trial_scene
from service.deps import CensusesOf, Id, Reading, ShelfOf
from service.errors import NotFound

router = APIRouter(prefix="/v1", tags=["figures"])


IfNoneMatch = Annotated[str | None, Header(description="The ETag of the figure as you know it.")]
PLOTLY: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}}},
    304: {"description": "It has not changed."},
}


@router.get(
    "/studies/{study_id}/figures/{name}",
    response_class=Response,
    responses=PLOTLY,
    summary="A figure of a study",
)
def of_study(
    session: Reading,
    censuses: CensusesOf,
    study_id: Id,
    name: str,
    if_none_match: IfNoneMatch = None,
) -> Response:
    figure: StudyFigure = loaded(STUDY_FIGURES, name)
    scene = study_scene(session, censuses, study_id, figure.needs)
    return answered(figure.draw(scene), if_none_match)


@router.get(
    "/trials/{trial_id}/figures/{name}",
    response_class=Response,
    responses=PLOTLY,
    summary="A figure of a trial",
)
def of_trial(
    session: Reading, shelf: ShelfOf, trial_id: Id, name: str, if_none_match: IfNoneMatch = None
) -> Response:
    figure: TrialFigure = loaded(TRIAL_FIGURES, name)
    return answered(figure.draw(trial_scene(session, shelf, trial_id)), if_none_match)


def answered(drawing: Drawing, known: str | None) -> Response:
    """The drawing as JSON under its ETag, or 304 where the reader has it already."""
    body = to_json(drawing, inf_nan_mode="null")
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if known is not None and tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def loaded(folder: Folder, name: str) -> Any:
    """The figure of that name. Raises NotFound with the nearest names."""
    try:
        return folder.load(name)()
    except UnknownPart as error:
        raise NotFound("figure", f"{name!r}: {error}") from error
