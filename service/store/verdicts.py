"""Verdicts and decisions: query what the checks and the stopping rules said."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from diagnostics import Remedy, Severity, Verdict
from service.store import firings
from service.store.firings import Said
from service.store.paging import Page, page
from service.tables import DecisionRow, Trial, VerdictRow


def listed(
    session: Session,
    *,
    study: int | None = None,
    trial: int | None = None,
    check: str | None = None,
    severity: str | None = None,
    since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[VerdictRow]:
    """Verdicts in the order they were first given; every filter narrows."""
    query = select(VerdictRow)
    if study is not None:
        query = query.where(VerdictRow.study_id == study)
    if trial is not None:
        query = query.where(VerdictRow.trial_id == trial)
    if check is not None:
        query = query.where(VerdictRow.check_name == check)
    if severity is not None:
        query = query.where(VerdictRow.severity == severity)
    if since is not None:
        query = query.where(VerdictRow.created_at >= since)
    return page(session, query, VerdictRow.id, VerdictRow.id, cursor=cursor, limit=limit)


def of_trial(session: Session, trial: Trial) -> Sequence[VerdictRow]:
    """A trial's own verdicts, and those measured once for its recipe shape by another trial.

    A repair has its own alone: it may differ in what the shape was measured with.
    """
    rows = list(own(session, trial.id))
    if trial.repair_of is None:
        shared = select(VerdictRow).where(
            VerdictRow.study_id == trial.study_id,
            VerdictRow.stack_key == trial.stack_key,
            VerdictRow.trial_id != trial.id,
        )
        rows.extend(session.scalars(shared))
    return sorted(rows, key=lambda row: row.id)


def own(session: Session, trial_id: int) -> Sequence[VerdictRow]:
    """A trial's own verdicts."""
    query = select(VerdictRow).where(VerdictRow.trial_id == trial_id)
    return session.scalars(query.order_by(VerdictRow.id)).all()


def as_verdict(row: VerdictRow) -> Verdict:
    """The verdict that a row keeps."""
    return Verdict(
        check=row.check_name,
        severity=Severity(row.severity),
        summary=row.summary,
        evidence=row.evidence,
        remedy=Remedy(**row.remedy) if row.remedy else None,
        first_epoch=row.first_epoch,
        last_epoch=row.last_epoch,
        causes=row.causes,
    )


def values(trial: Trial, verdict: Verdict, scope: str, at: datetime) -> dict[str, Any]:
    """The columns of a verdict on the last attempt of a trial."""
    shared = scope == "shape" and trial.repair_of is None
    plain = verdict.to_dict()
    return {
        "study_id": trial.study_id,
        "trial_id": trial.id,
        "attempt": trial.attempts,
        "check_name": plain.pop("check"),
        "stack_key": trial.stack_key if shared else None,
        **plain,
        "created_at": at,
    }


def table(session: Session, study: int) -> dict[str, dict[str, int]]:
    """check → severity → number of verdicts of a study."""
    return counted(firings.said(session, study=study))


def counted(said: Iterable[Said]) -> dict[str, dict[str, int]]:
    """check → severity → number of verdicts, by the checks' names."""
    numbers: dict[str, dict[str, int]] = {}
    for row in sorted(said, key=lambda row: row.check):
        numbers.setdefault(row.check, {})[row.severity] = row.times
    return numbers


def decisions(session: Session, study: int, *, cursor: str | None, limit: int) -> Page[DecisionRow]:
    """What the stopping rule decided, in order."""
    query = select(DecisionRow).where(DecisionRow.study_id == study)
    return page(session, query, DecisionRow.id, DecisionRow.id, cursor=cursor, limit=limit)
