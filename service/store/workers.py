"""Workers: who has claimed, and when they were last heard of."""

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from service.store.paging import Page, page
from service.store.rows import upsert
from service.tables import Attempt, Worker, now
from service.wire import WorkerInfo


def enrolled(session: Session, worker: WorkerInfo, slots: int) -> int:
    """The worker's id; it is registered by its first claim."""
    mine = select(Worker.id).where(Worker.name == worker.name)
    found = session.scalars(mine).first()
    if found is not None:
        return found
    row = {
        "name": worker.name,
        "device": worker.device,
        "version": worker.version,
        "slots": slots,
        "first_seen_at": now(),
        "last_seen_at": now(),
    }
    # Another claim of the same name may come in between: the later one wins.
    upsert(session, Worker, [row], key=["name"])
    return session.scalars(mine).one()


def asked(session: Session, worker_id: int, slots: int, study_id: int | None) -> None:
    """The worker has just asked for so many trials, of this study alone or of any."""
    most = case((Worker.slots < slots, slots), else_=Worker.slots)
    changed = {"last_seen_at": now(), "slots": most, "study_id": study_id}
    session.execute(update(Worker).where(Worker.id == worker_id).values(changed))


def widen(session: Session, worker_id: int, slots: int) -> None:
    """The worker can hold at least so many trials at once."""
    query = update(Worker).where(Worker.id == worker_id, Worker.slots < slots)
    session.execute(query.values(slots=slots))


def touch(session: Session, worker_id: int) -> None:
    """The worker has just been heard of."""
    session.execute(update(Worker).where(Worker.id == worker_id).values(last_seen_at=now()))


def listed(session: Session, *, cursor: str | None, limit: int) -> Page[Worker]:
    """Newest first."""
    query = select(Worker)
    return page(session, query, Worker.id, Worker.id, descending=True, cursor=cursor, limit=limit)


def holding(session: Session, worker_ids: list[int]) -> dict[int, list[int]]:
    """The trials that each worker is training now, oldest first."""
    query = (
        select(Attempt.worker_id, Attempt.trial_id)
        .where(Attempt.worker_id.in_(worker_ids), Attempt.state == "running")
        .order_by(Attempt.trial_id)
    )
    held: dict[int, list[int]] = {worker_id: [] for worker_id in worker_ids}
    for worker_id, trial_id in session.execute(query):
        held[worker_id].append(trial_id)
    return held
