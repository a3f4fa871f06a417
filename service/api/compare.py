"""/v1/compare: figures of trials, or of studies, that are compared."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.api.figures import PLOTLY, IfNoneMatch, answered, loaded
from service.dashboard import comparison
from service.dashboard.figures.compared import COMPARE_FIGURES, MOST, CompareFigure
from service.deps import CensusesOf, Reading
from service.errors import Invalid
from trainer.recipe import Problem

router = APIRouter(prefix="/v1/compare", tags=["figures"])

Ids = Annotated[
    list[str],
    Query(default_factory=list, description=f"Up to {MOST} ids: `1,2`, or one by one."),
]


@router.get(
    "/figures/{name}",
    response_class=Response,
    responses=PLOTLY,
    summary="A figure of trials or studies that are compared",
)
def of_compared(
    session: Reading,
    censuses: CensusesOf,
    name: str,
    trials: Ids,
    studies: Ids,
    if_none_match: IfNoneMatch = None,
) -> Response:
    figure: CompareFigure = loaded(COMPARE_FIGURES, name)
    asked = comparison.asked(trials, studies)
    ids = asked.trials if figure.of == "trials" else asked.studies
    if not ids:
        raise Invalid([Problem(figure.of, None, f"names nothing to draw: {figure.of}=1,2")])
    if figure.of == "trials":
        return answered(figure.draw(comparison.trials_scene(session, ids)), if_none_match)
    return answered(figure.draw(comparison.studies_scene(session, censuses, ids)), if_none_match)
