"""Going on from a snapshot: which ones there are, and what was told before them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from service.errors import Invalid
from service.store.held import Held, HeldTrial
from service.store.rows import update_each
from service.tables import Artifact, Attempt, Epoch, Trial
from service.wire import Joined
from trainer.recipe import Problem

SNAPSHOTS = "snapshot%.safetensors"  # trainer.recipe.Snapshots names them
TOLD = [column.key for column in Epoch.__table__.columns if column.key != "attempt"]
COPY = text(
    f"INSERT INTO epochs (attempt, {', '.join(TOLD)}) "
    f"SELECT CAST(:attempt AS INTEGER), {', '.join(TOLD)} FROM epochs "
    "WHERE trial_id = :trial AND attempt = :source AND epoch <= :last ON CONFLICT DO NOTHING"
)


def snapshots(session: Session, trial_ids: Sequence[int]) -> dict[int, list[str]]:
    """Trial → the snapshots that its attempts have left, newest first."""
    if not trial_ids:
        return {}
    query = (
        select(Artifact.trial_id, Artifact.name)
        .where(Artifact.trial_id.in_(trial_ids), Artifact.name.like(SNAPSHOTS))
        .order_by(Artifact.created_at.desc(), Artifact.id.desc())
    )
    left: dict[int, list[str]] = {}
    for trial_id, name in session.execute(query):
        left.setdefault(trial_id, []).append(name)
    return left


def join(session: Session, held: Held, items: Iterable[Joined]) -> None:
    """Record how attempts began; what was told before a snapshot is the new attempt's as well."""
    began, resumed = [], []
    for item in items:
        trial = held.trial(item)
        if trial is None:
            continue
        began.append(
            {
                "id": trial.attempt_id,
                "first_data_epoch": item.first_data_epoch,
                "resumed_epoch": item.resumed_epoch,
            }
        )
        if item.resumed_epoch:
            _take_over(session, held, trial, item.resumed_epoch)
            resumed.append(trial.progress())
    update_each(session, Attempt, began)
    update_each(session, Trial, resumed)


def _take_over(session: Session, held: Held, trial: HeldTrial, last: int) -> None:
    """The epochs up to `last` of the attempt that left the snapshot, and the best of them."""
    if last > trial.epochs:
        message = f"epoch {last} of trial {trial.id}, which has {trial.epochs}"
        raise Invalid([Problem("joined.resumed_epoch", last, message)])
    source = _source(session, trial, last)
    if source is None:
        return
    copied = {"trial": trial.id, "attempt": trial.attempts, "source": source, "last": last}
    session.connection().execute(COPY, copied)
    told = select(Epoch.epoch, Epoch.value).where(
        Epoch.trial_id == trial.id, Epoch.attempt == trial.attempts, Epoch.epoch <= last
    )
    for epoch, value in session.execute(told.order_by(Epoch.epoch)):
        held.tell(trial, epoch, value)


def _source(session: Session, trial: HeldTrial, last: int) -> int | None:
    """The attempt to copy: one that came so far, that left a snapshot, and the newest of those."""
    reached = (
        select(Epoch.attempt, func.max(Epoch.epoch))
        .where(Epoch.trial_id == trial.id, Epoch.attempt < trial.attempts, Epoch.epoch <= last)
        .group_by(Epoch.attempt)
    )
    files = select(Artifact.attempt).where(
        Artifact.trial_id == trial.id, Artifact.name.like(SNAPSHOTS)
    )
    left = set(session.scalars(files))
    found = [(epoch == last, number in left, number) for number, epoch in session.execute(reached)]
    return max(found)[2] if found else None
