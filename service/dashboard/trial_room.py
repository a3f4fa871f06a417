"""A trial's page: its rows become the words, cards and links that the template shows."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from fastapi.responses import HTMLResponse, PlainTextResponse
from sqlalchemy.orm import Session

from diagnostics import Severity
from service.dashboard import answers, files, remedies, stacking, trial_log, trial_recipe, words
from service.dashboard.measured import measured_of
from service.dashboard.room import router_of
from service.dashboard.templating import page
from service.dashboard.trial_panels import panels_of
from service.dashboard.trial_scene import worst_first
from service.dashboard.trial_views import AttemptRow, Card, Deeds, FileRow, TrialPage
from service.dashboard.verdict_card import Case, card
from service.deps import Id, Reading, ShelfOf
from service.errors import NotFound
from service.plan import Plan
from service.shelf import Shelf
from service.store import (
    artifacts,
    diagnoses,
    epochs,
    events,
    pages,
    plans,
    trial_pages,
    verdicts,
)
from service.store.rows import found
from service.study import StudyDocument
from service.tables import ENDED, Artifact, Attempt, DiagnosisRow, Study, Trial, VerdictRow, now

KNOWN_FILES = {
    "best.safetensors": "weights of the best epoch",
    files.CONFUSION: "true and predicted classes",
    files.WORST: "the samples it is most wrong about",
}
SNAPSHOT = "snapshot"  # how files begin from which a lost trial goes on

Shown = Annotated[int, Query(ge=1, le=trial_log.MOST)]

router = router_of()


@router.get("/trials/{trial_id}")
def trial(
    session: Reading, shelf: ShelfOf, trial_id: Id, log: Shown = trial_log.FIRST
) -> HTMLResponse:
    return page("trial.html", trial_page(session, shelf, trial_id, log))


@router.get("/trials/{trial_id}/recipe.yaml")
def recipe(session: Reading, trial_id: Id) -> PlainTextResponse:
    trial = found(session, Trial, trial_id)
    document = StudyDocument.stored(found(session, Study, trial.study_id).document)
    made = trial_recipe.recipe_of(document, trial)
    if made is None:
        raise NotFound("recipe of trial", trial_id)
    headers = {"Content-Disposition": f'attachment; filename="trial-{trial_id}.yaml"'}
    return PlainTextResponse(trial_recipe.as_yaml(made), headers=headers)


def trial_page(
    session: Session, shelf: Shelf, trial_id: int, logged: int = trial_log.FIRST
) -> TrialPage:
    """Raises NotFound. `logged` is the number of rows in the log."""
    trial = found(session, Trial, trial_id)
    study = found(session, Study, trial.study_id)
    event = events.latest_id(session)
    document = StudyDocument.stored(study.document)
    rows = worst_first(verdicts.of_trial(session, trial), trial.id)
    causes = diagnoses.of_trial(session, trial.id)
    cards = _cards(session, study, trial, document, rows)
    counts = files.confusion(session, shelf, trial)
    return TrialPage(
        id=trial.id,
        number=words.count(trial.number),
        state=trial.state,
        study=study.id,
        study_name=study.name,
        answer=answers.of_trial(_facts(study, trial, rows, remedies.likeliest(causes))),
        deeds=_deeds(study, trial, cards, causes),
        repairs=remedies.repaired(session, study, trial),
        repaired_by=remedies.repaired_by(session, study, trial),
        params=tuple(
            (words.path_title(path), words.param(trial.params[path]))
            for path in words.in_order(trial.params)
        ),
        suspects=remedies.suspects(causes),
        panels=panels_of(session, trial, document),
        measured=measured_of(session, trial),
        confusion=None if counts is None else files.table(counts),
        wrong=files.wrong(files.worst(session, shelf, trial)),
        cards=tuple(c for c in cards if c.mark.severity.rank >= Severity.NOTE.rank),
        passed=tuple(c for c in cards if c.mark.severity is Severity.PASS),
        skipped=tuple(c for c in cards if c.mark.severity is Severity.SKIPPED),
        attempts=_attempts(session, trial),
        files=tuple(_file(row) for row in artifacts.listed(session, trial.id)),
        recipe=trial_recipe.recipe_view(session, study, trial, document),
        log=trial_log.log(session, trial, study.metric, logged),
        failure=(trial.reason or "") if trial.state == "failed" else "",
        follow=trial.state not in ENDED,
        event=event,
    )


def _cards(
    session: Session,
    study: Study,
    trial: Trial,
    document: StudyDocument,
    rows: Sequence[VerdictRow],
) -> list[Card]:
    case = Case(
        trial,
        trial_recipe.recipe_of(document, trial),
        trial_pages.losses(session, trial) if rows else (),
        _takes_more(study),
    )
    return [card(row, case) for row in rows]


def _takes_more(study: Study) -> bool:
    return study.state not in ("cancelled", "failed")


def _deeds(
    study: Study, trial: Trial, cards: Sequence[Card], causes: Sequence[DiagnosisRow]
) -> Deeds:
    """The remedy of the likeliest cause that has one, else of the worst verdict."""
    by_check = {card.check: card for card in cards if card.repair}
    named = [by_check[check] for row in causes for check in row.checks if check in by_check]
    worried = [c for c in by_check.values() if c.mark.severity.rank >= Severity.WARNING.rank]
    best = next(iter([*named, *worried]), None)
    over = trial.state in ENDED
    return Deeds(
        repair="" if best is None else best.repair,
        check="" if best is None else best.check,
        change="" if best is None else best.change,
        retry=f"/v1/trials/{trial.id}/retry" if over and _takes_more(study) else "",
        cancel="" if over else f"/v1/trials/{trial.id}/cancel",
        ask=_question(trial),
    )


def _question(trial: Trial) -> str:
    if trial.state == "waiting":
        return f"Cancel trial {words.count(trial.number)}? It will not be trained."
    done = f"{words.count(trial.epochs_done)} of {words.counted(trial.epochs, 'epoch')}"
    return (
        f"Cancel trial {words.count(trial.number)}? It stops after {done}. "
        "What it has reported stays; it cannot be resumed."
    )


def _facts(
    study: Study, trial: Trial, rows: Sequence[VerdictRow], cause: str
) -> answers.TrialFacts:
    return answers.TrialFacts(
        metric=study.metric,
        state=trial.state,
        value=trial.value,
        best_epoch=trial.best_epoch,
        epochs=trial.epochs,
        epochs_done=trial.epochs_done,
        reason=trial.reason,
        worst=(Severity(rows[0].severity), rows[0].summary) if rows else None,
        cause=cause,
    )


def _attempts(session: Session, trial: Trial) -> tuple[AttemptRow, ...]:
    rows = epochs.attempts(session, trial.id)
    names = pages.worker_names(session, {row.worker_id for row in rows})
    chosen = plans.of_leases(session, {row.lease_id for row in rows})
    return tuple(_attempt(row, names[row.worker_id], chosen.get(row.lease_id)) for row in rows)


def _attempt(attempt: Attempt, worker: str, plan: Plan | None) -> AttemptRow:
    until = attempt.ended_at or now()
    return AttemptRow(
        number=attempt.number,
        state=attempt.state,
        worker=worker,
        started=words.moment(attempt.started_at),
        took=words.duration((until - attempt.started_at).total_seconds()),
        trained=stacking.of_attempt(attempt, plan),
        reason=attempt.reason or words.MISSING,
    )


def _file(row: Artifact) -> FileRow:
    url = f"/v1/trials/{row.trial_id}/artifacts/{quote(row.name)}"
    what = "state to go on from" if row.name.startswith(SNAPSHOT) else ""
    return FileRow(row.name, url, words.size(row.bytes), KNOWN_FILES.get(row.name, what))
