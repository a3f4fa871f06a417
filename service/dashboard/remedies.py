"""What is wrong with a trial and what became of its remedies, in the words of its page."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from diagnostics.causes import CAUSES
from diagnostics.diagnosis import UNKNOWN
from service.dashboard import words
from service.dashboard.trial_views import Repair, Suspect
from service.store import repairs
from service.store.rows import found
from service.study import StudyDocument, plain
from service.tables import DiagnosisRow, Study, Trial
from trainer.recipe import UnknownPath, get_path

MOST_REPAIRS = 8  # that a page lists, the newest


def suspects(rows: Sequence[DiagnosisRow]) -> tuple[Suspect, ...]:
    """The likeliest first."""
    return tuple(
        Suspect(_in_words(row.cause), f"{row.confidence:.2f}", tuple(row.checks)) for row in rows
    )


def likeliest(rows: Sequence[DiagnosisRow]) -> str:
    """`the learning rate is too high (0.86)`; empty for a healthy trial and an unknown cause."""
    if not rows or rows[0].cause == UNKNOWN:
        return ""
    said = _in_words(rows[0].cause)
    return f"{said[:1].lower()}{said[1:]} ({rows[0].confidence:.2f})"


def repaired(session: Session, study: Study, trial: Trial) -> Repair | None:
    """The trial that this one repairs, with what has changed; None where it repairs none."""
    if trial.repair_of is None:
        return None
    broken = found(session, Trial, trial.repair_of)
    return Repair(broken.id, words.count(broken.number), _before_and_after(study, broken, trial))


def repaired_by(session: Session, study: Study, trial: Trial) -> tuple[Repair, ...]:
    """The trials that repair this one, the newest last."""
    ids = repairs.by_original(session, [trial.id]).get(trial.id, [])[-MOST_REPAIRS:]
    made = [found(session, Trial, each) for each in ids]
    return tuple(
        Repair(each.id, words.count(each.number), _before_and_after(study, trial, each))
        for each in made
    )


def _before_and_after(study: Study, broken: Trial, trial: Trial) -> str:
    """`lr 1000 → 0.1; validation accuracy 10.2 % → 97.1 %`."""
    document = StudyDocument.stored(study.document)
    changed = [
        f"{words.named(path, _before(document, broken, path))} → {words.param(value)}"
        for path, value in (trial.patch or {}).items()
    ]
    scores = f"{_score(study, broken)} → {_score(study, trial)}"
    return f"{', '.join(changed)}; {words.metric(study.metric)} {scores}"


def _before(document: StudyDocument, broken: Trial, path: str) -> Any:
    """A trial that failed for its point has no recipe, and another optimizer other settings."""
    try:
        return plain(get_path(document.recipe_at(broken.params, broken.repeat), path))
    except (UnknownPath, ValidationError):
        return broken.params.get(path)


def _score(study: Study, trial: Trial) -> str:
    if trial.value is not None:
        return words.objective(study.metric, trial.value)
    return {"waiting": "not trained yet", "infeasible": "diverged"}.get(trial.state, words.MISSING)


def _in_words(cause: str) -> str:
    """A cause that a newer release has stored is told by its name."""
    return CAUSES.get(cause, words.capital(cause.replace("_", " ")))
