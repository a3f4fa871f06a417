"""A trial's page: its rows become the words, cards and links that the template shows."""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import yaml
from sqlalchemy.orm import Session

from diagnostics import History, Severity
from diagnostics.history import SignalValue
from service.dashboard import answers, remedies, stacking, words
from service.dashboard.figures import TRIAL_FIGURES
from service.dashboard.figures.panels import panels
from service.dashboard.figures.scene import Level, TrialScene, numeric
from service.dashboard.measured import measured_of
from service.dashboard.views import AttemptRow, Card, FileRow, Mark, TrialPage
from service.plan import Plan
from service.shelf import Shelf
from service.store import artifacts, diagnoses, epochs, events, pages, plans, verdicts
from service.store.rows import found
from service.study import StudyDocument
from service.tables import ENDED, Artifact, Attempt, Epoch, Study, Trial, VerdictRow, now

EPOCHS = 10_000  # that one figure draws


def trial_page(session: Session, shelf: Shelf, trial_id: int) -> TrialPage:
    """Raises NotFound."""
    trial = found(session, Trial, trial_id)
    study = found(session, Study, trial.study_id)
    event = events.latest_id(session)
    rows = _worst_first(verdicts.of_trial(session, trial), trial.id)
    causes = diagnoses.of_trial(session, trial.id)
    open_ = study.state not in ("cancelled", "failed")
    cards = [_card(row, trial.id, open_) for row in rows]
    recipe = StudyDocument.stored(study.document).recipe_at(trial.params, trial.repeat)
    return TrialPage(
        id=trial.id,
        number=words.count(trial.number),
        state=trial.state,
        study=study.id,
        study_name=study.name,
        answer=answers.of_trial(_facts(study, trial, rows, remedies.likeliest(causes))),
        repairs=remedies.repaired(session, study, trial),
        repaired_by=remedies.repaired_by(session, study, trial),
        params=tuple(
            (words.path_title(path), words.param(trial.params[path]))
            for path in words.in_order(trial.params)
        ),
        suspects=remedies.suspects(causes),
        panels=panels(TRIAL_FIGURES, f"/v1/trials/{trial.id}/figures"),
        measured=measured_of(session, shelf, trial),
        cards=tuple(card for card in cards if card.mark.severity is not Severity.SKIPPED),
        skipped=tuple(card for card in cards if card.mark.severity is Severity.SKIPPED),
        attempts=_attempts(session, trial),
        files=tuple(_file(row) for row in artifacts.listed(session, trial.id)),
        recipe=yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True),
        failure=(trial.reason or "") if trial.state == "failed" else "",
        follow=trial.state not in ENDED,
        event=event,
    )


def trial_scene(session: Session, trial_id: int) -> TrialScene:
    """What a trial's figures draw from. Raises NotFound."""
    trial = found(session, Trial, trial_id)
    page = epochs.listed(session, trial, limit=EPOCHS)
    return TrialScene(
        history=History(rows={row.epoch: _signals(row) for row in page.items}),
        epochs=trial.epochs,
        ended=trial.state in ENDED,
        uninformed=_uninformed(verdicts.of_trial(session, trial)),
        best_epoch=trial.best_epoch,
    )


def _signals(row: Epoch) -> dict[str, SignalValue]:
    """Signals and metrics of an epoch; epoch 0 has signals only."""
    signals = {name: _drawable(value) for name, value in row.signals.items()}
    if row.epoch == 0:
        return signals
    return {
        **signals,
        "train_loss": row.train_loss,
        "val_loss": row.val_loss,
        "train_accuracy": row.train_accuracy,
        "val_accuracy": row.val_accuracy,
        "lr": row.lr,
    }


def _drawable(value: Any) -> SignalValue:
    """A signal as it should be; what a worker sent in another form becomes None."""
    if isinstance(value, dict):
        return {str(layer): numeric(number) for layer, number in value.items()}
    if isinstance(value, list):
        return [numeric(number) for number in value]
    return numeric(value)


def _uninformed(rows: Sequence[VerdictRow]) -> Level | None:
    """What `initial_loss` expected: log C for softmax with C classes, else its own closed form."""
    for row in rows:
        expected = numeric(row.evidence.get("expected"))
        if row.check_name == "initial_loss" and expected is not None and expected > 0:
            classes = numeric(row.evidence.get("classes")) or 0.0
            is_log = classes > 1 and math.isclose(expected, math.log(classes), rel_tol=1e-6)
            return Level("log C" if is_log else "knows nothing", expected)
    return None


def _worst_first(rows: Sequence[VerdictRow], trial_id: int) -> list[VerdictRow]:
    """One verdict per check, the trial's own before one for its shape; the worst first."""
    by_check: dict[str, VerdictRow] = {}
    for row in rows:
        if row.check_name not in by_check or row.trial_id == trial_id:
            by_check[row.check_name] = row
    return sorted(by_check.values(), key=lambda r: (-Severity(r.severity).rank, r.check_name))


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


def _card(row: VerdictRow, trial_id: int, open_: bool) -> Card:
    """`open_`: the study takes more trials."""
    remedy: Mapping[str, Any] = row.remedy or {}
    patch = remedy.get("patch") or {}
    return Card(
        check=row.check_name,
        mark=Mark(Severity(row.severity)),
        summary=row.summary,
        evidence=tuple(words.evidence(row.evidence)),
        advice=str(remedy.get("text", "")),
        patch=yaml.safe_dump(patch, sort_keys=False, allow_unicode=True) if patch else "",
        epochs=_epochs(row.first_epoch, row.last_epoch),
        source=row.trial_id if row.trial_id != trial_id else None,
        repair=f"/v1/trials/{trial_id}/repair" if patch and open_ else "",
    )


def _epochs(first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return ""
    if last == 0:
        return "before training"
    return f"epoch {last}" if first == last else f"epochs {first}–{last}"


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
    return FileRow(row.name, url, words.size(row.bytes))
