"""Studies: create, read, change, and tell when one is over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.store import events
from service.store.rows import found
from service.study import StudyDocument
from service.tables import ENDED, TRIAL_STATES, Attempt, EventRow, Study, Trial, now

ALLOWED = {  # state → the states a person may put the study in
    "running": ("paused", "cancelled"),
    "paused": ("running", "cancelled"),
    "complete": (),
    "cancelled": (),
    "failed": (),
}


@dataclass(frozen=True)
class BestPoint:
    """`value` is the mean over `seeds` repeats, `trial` the best of them.

    `deviation` is their standard deviation, None where there is but one.
    """

    trial: Trial
    value: float
    deviation: float | None
    seeds: int


def create(session: Session, document: StudyDocument) -> Study:
    """A new study, running."""
    study = Study(
        name=document.name,
        document=document.model_dump(mode="json"),
        metric=document.objective.metric,
        direction=document.objective.direction,
        budget=(document.trials or 0) * document.repeats,
        tags=document.tags,
        note=document.note,
    )
    if session.get_bind().dialect.name == "sqlite":
        study.id = _fresh_id(session)
    session.add(study)
    session.flush()
    events.emit(session, "study_created", study.id, name=study.name)
    settle(session, study)
    return study


def _fresh_id(session: Session) -> int:
    """SQLite would give a deleted study's id away again, and its shared links and open pages with
    it. There is one writer, so nobody takes the same.
    """
    deleted = select(EventRow.data).where(EventRow.kind == "study_deleted")
    gone = [int(data["deleted"]) for data in session.scalars(deleted)]
    return max([session.scalar(select(func.max(Study.id))) or 0, *gone]) + 1


def counts(session: Session, studies: Iterable[Study]) -> dict[int, dict[str, int]]:
    """Trials by state, per study; points not drawn yet count as waiting while they may be."""
    by_id = {study.id: study for study in studies}
    query = (
        select(Trial.study_id, Trial.state, func.count())
        .where(Trial.study_id.in_(by_id))
        .group_by(Trial.study_id, Trial.state)
    )
    table = {key: dict.fromkeys(TRIAL_STATES, 0) for key in by_id}
    for study_id, state, number in session.execute(query):
        table[study_id][state] = number
    for key, study in by_id.items():
        if study.state in ("running", "paused"):
            table[key]["waiting"] += study.budget - study.next_ordinal
    return table


def top_query(study: Study) -> Any:
    """Complete trials with a value, best first."""
    order = Trial.value.desc() if study.direction == "maximize" else Trial.value.asc()
    return (
        select(Trial)
        .where(Trial.study_id == study.id, Trial.state == "complete", Trial.value.is_not(None))
        .order_by(order, Trial.number)
    )


def best_point(session: Session, study: Study) -> BestPoint | None:
    """The point with the best mean over its repeats.

    A point that not all repeats have completed does not take part.
    """
    repeats = int(study.document["repeats"])
    if repeats == 1:
        trial = session.scalars(top_query(study).limit(1)).first()
        return None if trial is None else BestPoint(trial, float(trial.value or 0.0), None, 1)
    columns = top_query(study).with_only_columns(Trial.id, Trial.params, Trial.value)
    points: dict[str, list[tuple[int, float]]] = {}
    for trial_id, params, value in session.execute(columns):
        points.setdefault(repr(sorted(params.items())), []).append((trial_id, value))
    whole = [group for group in points.values() if len(group) >= repeats]
    if not whole:
        return None
    better = max if study.direction == "maximize" else min
    group = better(whole, key=lambda seeds: mean(value for _, value in seeds))
    values = [value for _, value in group]
    champion = found(session, Trial, group[0][0])
    return BestPoint(champion, mean(values), stdev(values), len(values))


def change(
    session: Session,
    study_id: int,
    *,
    state: str | None = None,
    trials: int | None = None,
    name: str | None = None,
    tags: Sequence[str] | None = None,
    note: str | None = None,
) -> Study:
    """Change what is given. Raises Conflict where the study's state or budget does not allow it."""
    study = found(session, Study, study_id, lock=True)
    if name is not None:
        study.name = name
    if tags is not None:
        study.tags = list(tags)
    if note is not None:
        study.note = note
    if trials is not None:
        _raise_budget(study, trials)
    if state is not None and state != study.state:
        _enter(session, study, state)
    session.flush()
    events.emit(session, "study_changed", study.id, state=study.state)
    settle(session, study)
    return study


def delete(session: Session, study_id: int) -> None:
    """Remove a study with all that belongs to it. Its leases are gone too.

    Its events go with it; the one that tells so stays, so that SQLite never gives their numbers
    away again: whoever follows would take new events for old ones.
    """
    study = found(session, Study, study_id, lock=True)
    events.emit(session, "study_deleted", None, deleted=study.id, name=study.name)
    session.delete(study)


def settle(session: Session, study: Study) -> None:
    """Mark a running study complete once nothing is left to draw, waiting or running.

    The caller holds the study's lock, or made it in this transaction.
    """
    if study.state != "running" or study.next_ordinal < study.budget:
        return
    session.flush()
    open_trials = select(Trial.id).where(
        Trial.study_id == study.id, Trial.state.in_(("waiting", "running"))
    )
    if session.execute(open_trials.limit(1)).first() is None:
        study.state = "complete"
        study.ended_at = now()
        session.flush()
        events.emit(session, "study_complete", study.id)


def reopen(study: Study) -> None:
    """A complete study runs again, since it was given more to do."""
    if study.state == "complete":
        study.state = "running"
        study.ended_at = None


def with_work(session: Session, study_id: int | None, most: int = 8) -> Sequence[int]:
    """Running studies that have a waiting trial or points left to draw, oldest first."""
    waiting = select(Trial.id).where(Trial.study_id == Study.id, Trial.state == "waiting").exists()
    query = select(Study.id).where(
        Study.state == "running", or_(Study.next_ordinal < Study.budget, waiting)
    )
    if study_id is not None:
        query = query.where(Study.id == study_id)
    return session.scalars(query.order_by(Study.id).limit(most)).all()


def _raise_budget(study: Study, trials: int) -> None:
    if trials == study.document["trials"]:
        return
    if study.state in ("cancelled", "failed"):
        raise Conflict(f"study {study.id} is {study.state}; submit it again to train more")
    document = StudyDocument.parse({**study.document, "trials": trials})
    budget = trials * document.repeats
    if budget < study.next_ordinal:
        raise Conflict(
            f"study {study.id} has already drawn {study.next_ordinal} trials; "
            f"its budget cannot fall to {budget}"
        )
    grown = budget > study.budget
    study.budget = budget
    study.document = document.model_dump(mode="json")
    if grown:
        reopen(study)


def _enter(session: Session, study: Study, state: str) -> None:
    if state not in ALLOWED[study.state]:
        allowed = ", ".join(ALLOWED[study.state]) or "nothing else"
        raise Conflict(f"study {study.id} is {study.state}; from there it can become {allowed}")
    study.state = state
    if state == "cancelled":
        study.ended_at = now()
        _cancel_trials(session, study)


def _cancel_trials(session: Session, study: Study) -> None:
    mine = Trial.study_id == study.id
    session.execute(
        update(Attempt)
        .where(Attempt.study_id == study.id, Attempt.state == "running")
        .values(state="ended", ended_at=now(), reason="the study was cancelled")
    )
    session.execute(
        update(Trial)
        .where(mine, Trial.state.not_in(ENDED))
        .values(state="cancelled", ended_at=now(), reason="the study was cancelled")
    )
