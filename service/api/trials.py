"""/v1/trials: one trial with its epochs, signals, verdicts, files and log."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from service.deps import DatabaseOf, Id, OptionalId, PlaceOf, Reading, ShelfOf
from service.errors import Conflict, NotFound
from service.store import artifacts, diagnoses, epochs, events, repairs, trials, verdicts
from service.store.rows import found
from service.study import StudyDocument
from service.tables import Study, Trial
from service.views import (
    ArtifactView,
    AttemptView,
    CauseView,
    EpochView,
    EventView,
    Listing,
    SignalsView,
    TrialDetail,
    TrialView,
    VerdictView,
    listing,
)

router = APIRouter(prefix="/v1/trials", tags=["trials"])


@router.get("/{trial_id}", summary="Read a trial")
def read(session: Reading, trial_id: Id) -> TrialDetail:
    return _detail(session, found(session, Trial, trial_id))


@router.get("/{trial_id}/epochs", summary="Losses and scores by epoch")
def list_epochs(
    session: Reading, place: PlaceOf, trial_id: Id, attempt: OptionalId = None
) -> Listing[EpochView]:
    trial = found(session, Trial, trial_id)
    page = epochs.listed(session, trial, attempt=attempt, cursor=place.cursor, limit=place.limit)
    return Listing(**listing(page, EpochView))


@router.get("/{trial_id}/signals", summary="What the probes measured, by epoch")
def list_signals(
    session: Reading, place: PlaceOf, trial_id: Id, attempt: OptionalId = None
) -> Listing[SignalsView]:
    trial = found(session, Trial, trial_id)
    page = epochs.listed(session, trial, attempt=attempt, cursor=place.cursor, limit=place.limit)
    return Listing(items=[SignalsView.model_validate(e) for e in page.items], next=page.next)


@router.get("/{trial_id}/verdicts", summary="Verdicts on a trial and on its recipe shape")
def list_verdicts(session: Reading, trial_id: Id) -> Listing[VerdictView]:
    rows = verdicts.of_trial(session, found(session, Trial, trial_id))
    return Listing(items=[VerdictView.of(row) for row in rows], next=None)


@router.get("/{trial_id}/artifacts", summary="List a trial's files")
def list_artifacts(session: Reading, trial_id: Id) -> Listing[ArtifactView]:
    found(session, Trial, trial_id)
    rows = artifacts.listed(session, trial_id)
    return Listing(items=[ArtifactView.of(row) for row in rows], next=None)


@router.get(
    "/{trial_id}/artifacts/{name}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
    summary="Fetch a trial's file",
)
def fetch_artifact(session: Reading, shelf: ShelfOf, trial_id: Id, name: str) -> Response:
    found(session, Trial, trial_id)
    row = artifacts.one(session, trial_id, name)
    try:
        content = shelf.read(row.uri, row.bytes)
    except FileNotFoundError as error:
        raise NotFound("file any more of artifact", f"{name} of trial {trial_id}") from error
    filename = f"trial-{trial_id}-{name}"
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


@router.get("/{trial_id}/logs", summary="What happened to a trial, in order")
def list_logs(session: Reading, place: PlaceOf, trial_id: Id) -> Listing[EventView]:
    found(session, Trial, trial_id)
    page = events.of_trial(session, trial_id, cursor=place.cursor, limit=place.limit)
    return Listing(**listing(page, EventView))


@router.post("/{trial_id}/retry", status_code=201, summary="Train the same point again")
def retry(database: DatabaseOf, trial_id: Id) -> TrialView:
    with database.writing() as session:
        trial = found(session, Trial, trial_id)
        if trial.ended_at is None:
            raise Conflict(f"trial {trial_id} is {trial.state}; it can be retried once it is over")
        return TrialView.of(trials.enqueue(session, trial.study_id, [trial.params])[0])


def _detail(session: Session, trial: Trial) -> TrialDetail:
    document = StudyDocument.stored(found(session, Study, trial.study_id).document)
    recipe = document.recipe_at(trial.params, trial.repeat)
    repaired_by = repairs.by_original(session, [trial.id]).get(trial.id, [])
    return TrialDetail(
        **TrialView.of(trial, repaired_by).model_dump(),
        recipe=recipe.model_dump(mode="json"),
        attempt_list=[AttemptView.of(a) for a in epochs.attempts(session, trial.id)],
        diagnosis=[CauseView.model_validate(c) for c in diagnoses.of_trial(session, trial.id)],
    )
