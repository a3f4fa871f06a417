"""Diagnoses: the causes of what is wrong with a trial, as its worker ranked them or we do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from diagnostics import Cause, diagnose
from service.store.held import Held
from service.store.rows import insert_all
from service.store.verdicts import as_verdict
from service.tables import DiagnosisRow, VerdictRow, now
from service.wire import End

Ranked = Sequence[Mapping[str, Any]]  # cause, confidence and checks, the likeliest cause first


def of_trial(session: Session, trial_id: int) -> Sequence[DiagnosisRow]:
    """The likeliest cause first; none where the trial is healthy, or not over yet."""
    query = select(DiagnosisRow).where(DiagnosisRow.trial_id == trial_id)
    return session.scalars(query.order_by(DiagnosisRow.rank)).all()


def of_report(session: Session, held: Held, ends: Iterable[End]) -> None:
    """Each trial that a report ends gets the causes its worker told, else those of its verdicts.

    The report's own verdicts are stored already. What a failed trial's traceback says is cause
    enough.
    """
    over = {trial.id: trial for trial in held.over()}
    told: dict[int, Ranked] = {
        end.trial: [cause.model_dump() for cause in end.diagnosis]
        for end in ends
        if end.diagnosis is not None and end.trial in over and held.trial(end) is not None
    }
    silent = [i for i, trial in over.items() if i not in told and trial.state != "failed"]
    _insert(session, held.study.id, told | _found(session, silent))


def replace(session: Session, study_id: int, trial_id: int, causes: Iterable[Cause]) -> None:
    """These causes take the place of the trial's earlier ones."""
    session.execute(delete(DiagnosisRow).where(DiagnosisRow.trial_id == trial_id))
    _insert(session, study_id, {trial_id: [cause.to_dict() for cause in causes]})


def _found(session: Session, trial_ids: Sequence[int]) -> dict[int, Ranked]:
    """Trial → the causes that its own verdicts speak for."""
    if not trial_ids:
        return {}
    said: dict[int, list[VerdictRow]] = {}
    query = select(VerdictRow).where(VerdictRow.trial_id.in_(trial_ids)).order_by(VerdictRow.id)
    for row in session.scalars(query):
        said.setdefault(row.trial_id, []).append(row)
    return {
        trial_id: [cause.to_dict() for cause in diagnose(map(as_verdict, rows))]
        for trial_id, rows in said.items()
    }


def _insert(session: Session, study_id: int, causes: Mapping[int, Ranked]) -> None:
    at = now()
    rows = [
        {"study_id": study_id, "trial_id": trial_id, "rank": rank, **cause, "created_at": at}
        for trial_id, ranked in causes.items()
        for rank, cause in enumerate(ranked, start=1)
    ]
    insert_all(session, DiagnosisRow, rows)


def likeliest(session: Session, trial_ids: Sequence[int]) -> dict[int, tuple[str, float]]:
    """Trial → its likeliest cause and how likely that is; healthy trials miss."""
    query = select(DiagnosisRow.trial_id, DiagnosisRow.cause, DiagnosisRow.confidence).where(
        DiagnosisRow.trial_id.in_(trial_ids), DiagnosisRow.rank == 1
    )
    return {trial: (cause, confidence) for trial, cause, confidence in session.execute(query)}
