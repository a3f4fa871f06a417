"""/v1/studies: submit, list, read, change and delete studies; their trials, best and decisions."""

from typing import Annotated, Any, Literal

import yaml
from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from service import data_files, starts
from service.deps import DatabaseOf, Id, PlaceOf, Reading, SettingsOf, ShelfOf
from service.errors import Invalid, NotFound
from service.fields import CauseName
from service.store import artifacts, bests, catalogue, plans, repairs, studies, trials, verdicts
from service.store.catalogue import Sort, Wanted
from service.store.rows import found
from service.study import EXAMPLE, StudyDocument, Tag, Words
from service.tables import Severity, Study, StudyState, TrialState
from service.views import (
    BestView,
    DecisionView,
    LeaseView,
    Listing,
    StudyDetail,
    StudyView,
    TrialView,
    listing,
    study_fields,
)

router = APIRouter(prefix="/v1/studies", tags=["studies"])


class StudyChange(BaseModel):
    """What to change of a study; what is not given stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"state": "paused"}})

    state: Literal["running", "paused", "cancelled"] | None = None
    trials: int | None = Field(default=None, ge=0, description="The new number of points.")
    name: Words | None = Field(default=None, min_length=1, max_length=200)
    tags: list[Tag] | None = Field(default=None, max_length=50)
    note: Words | None = Field(default=None, max_length=10_000)


class Points(BaseModel):
    """Points to train beside those of the strategy: recipe path → value."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"points": [{"optimizer.lr": 1000.0}]}},
    )

    points: list[dict[str, Any]] = Field(min_length=1, max_length=10_000)


class BestDetail(BestView):
    """The best point with the recipe that trains it."""

    recipe: dict[str, Any]


@router.post("", status_code=201, summary="Submit a study")
def submit(
    database: DatabaseOf,
    settings: SettingsOf,
    document: Annotated[
        dict[str, Any],
        Body(
            description="The study; see its JSON Schema at `/v1/studies/schema`.",
            openapi_examples={"lr × weight decay on digits": {"value": EXAMPLE}},
        ),
    ],
) -> StudyDetail:
    parsed = StudyDocument.parse(document)
    if bad_files := data_files.problems(parsed, settings.data_dir):
        raise Invalid(bad_files)
    with database.writing() as session:
        if bad_starts := starts.problems(session, parsed, settings.data_dir):
            raise Invalid(bad_starts)
        return _detail(session, studies.create(session, parsed))


@router.get("", summary="List studies, newest first")
def list_studies(
    session: Reading,
    place: PlaceOf,
    state: StudyState | None = None,
    q: Annotated[str, Query(max_length=200, description="In the name, note or tags.")] = "",
    tag: Annotated[str | None, Query(max_length=100)] = None,
    sort: Sort = "created",
    descending: bool | None = None,
) -> Listing[StudyView]:
    wanted = Wanted(q, tag, state, sort, descending)
    page = catalogue.listed(session, wanted, cursor=place.cursor, limit=place.limit)
    counts = studies.counts(session, page.items)
    best = bests.best_points(session, page.items, bests.steps(session, page.items))
    return Listing(
        items=[
            StudyView(**study_fields(each, counts[each.id], BestView.of(best.get(each.id))))
            for each in page.items
        ],
        next=page.next,
    )


@router.get("/schema", summary="JSON Schema of a study")
def schema() -> dict[str, Any]:
    return StudyDocument.model_json_schema()


@router.get("/{study_id}", summary="Read a study")
def read(session: Reading, study_id: Id) -> StudyDetail:
    return _detail(session, found(session, Study, study_id))


@router.patch("/{study_id}", summary="Pause, resume, cancel, rename, or change the budget")
def change(database: DatabaseOf, study_id: Id, change: StudyChange) -> StudyDetail:
    with database.writing() as session:
        study = studies.change(session, study_id, **change.model_dump(exclude_none=True))
        return _detail(session, study)


@router.delete("/{study_id}", status_code=204, summary="Delete a study and all its trials")
def delete(database: DatabaseOf, shelf: ShelfOf, study_id: Id) -> Response:
    with database.writing() as session:
        studies.delete(session, study_id)
    shelf.clear(artifacts.folder(study_id))
    return Response(status_code=204)


@router.get("/{study_id}/trials", summary="List a study's trials")
def list_trials(
    session: Reading,
    place: PlaceOf,
    study_id: Id,
    state: TrialState | None = None,
    check: str | None = None,
    severity: Severity | None = None,
    cause: CauseName | None = None,
    sort: Literal["number", "value", "ended_at"] = "number",
    descending: bool = False,
) -> Listing[TrialView]:
    found(session, Study, study_id)
    page = trials.listed(
        session,
        study_id,
        state=state,
        check=check,
        severity=severity,
        cause=cause,
        sort=sort,
        descending=descending,
        cursor=place.cursor,
        limit=place.limit,
    )
    repaired = repairs.by_original(session, [trial.id for trial in page.items])
    views = [TrialView.of(trial, repaired.get(trial.id, ())) for trial in page.items]
    return Listing(items=views, next=page.next)


@router.post("/{study_id}/trials", status_code=201, summary="Enqueue given points")
def enqueue(database: DatabaseOf, study_id: Id, given: Points) -> Listing[TrialView]:
    with database.writing() as session:
        added = trials.enqueue(session, study_id, given.points)
        return Listing(items=[TrialView.of(trial) for trial in added], next=None)


@router.get(
    "/{study_id}/best",
    response_model=BestDetail,
    summary="The best recipe so far",
    responses={200: {"content": {"application/yaml": {}}}},
)
def best(
    session: Reading, study_id: Id, format: Literal["json", "yaml"] = "json"
) -> BestDetail | Response:
    study = found(session, Study, study_id)
    view = _best(session, study)
    if view is None:
        raise NotFound("complete trial with an objective yet in study", study_id)
    recipe = StudyDocument.stored(study.document).recipe_at(view.params).model_dump(mode="json")
    if format == "yaml":
        return Response(yaml.safe_dump(recipe, sort_keys=False), media_type="application/yaml")
    return BestDetail(**view.model_dump(), recipe=recipe)


@router.get("/{study_id}/leases", summary="List a study's leases, newest first")
def list_leases(session: Reading, place: PlaceOf, study_id: Id) -> Listing[LeaseView]:
    """What each worker held of the study, and how it trained it."""
    found(session, Study, study_id)
    page = plans.leases(session, study_id, cursor=place.cursor, limit=place.limit)
    return Listing(**listing(page, LeaseView))


@router.get("/{study_id}/decisions", summary="What the stopping rule decided")
def list_decisions(session: Reading, place: PlaceOf, study_id: Id) -> Listing[DecisionView]:
    found(session, Study, study_id)
    page = verdicts.decisions(session, study_id, cursor=place.cursor, limit=place.limit)
    return Listing(**listing(page, DecisionView))


def _best(session: Session, study: Study) -> BestView | None:
    return BestView.of(studies.best_point(session, study))


def _detail(session: Session, study: Study) -> StudyDetail:
    counts = studies.counts(session, [study])[study.id]
    return StudyDetail(
        **study_fields(study, counts, _best(session, study)),
        document=study.document,
        verdicts=verdicts.table(session, study.id),
        plan=plans.of_study(session, study.id),
    )
