"""`/fleet`: the workers, and what each of them trains."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi.responses import Response
from sqlalchemy.orm import Session

from service.dashboard import sheets, stacking, words
from service.dashboard.fleet_views import FleetPage, Held, LostRow, WorkerRow
from service.dashboard.room import router_of
from service.dashboard.templating import page
from service.deps import Reading, SettingsOf
from service.plan import Plan
from service.settings import Settings
from service.store import events, fleet, pages, plans, workers
from service.tables import Worker, now

ONLINE = 500  # workers that the page shows at most
WORKERS = 100  # lost ones in one page of their list
MOST_HELD = 8  # trials that a worker's row links to
HOUR = timedelta(hours=1)
COLUMNS = ("worker", "device", "version", "slots", "training", "ended_in_the_last_hour")
MORE_COLUMNS = ("first_seen_at", "last_seen_at", "state")

router = router_of()


@router.get("/fleet")
def fleet_(
    session: Reading,
    settings: SettingsOf,
    cursor: str | None = None,
    format: Literal["csv"] | None = None,
) -> Response:
    if format == "csv":
        rows = _sheet(session, now() - settings.silence)
        return sheets.sheet("workers", COLUMNS + MORE_COLUMNS, rows)
    return page("fleet.html", fleet_page(session, settings, cursor))


def fleet_page(session: Session, settings: Settings, cursor: str | None) -> FleetPage:
    """Those online by name, those lost by when they were heard of last."""
    event = events.latest_id(session)
    since = now() - settings.silence
    rows = tuple(_rows(session, fleet.online(session, since, ONLINE)))
    online, lost = fleet.counted(session, since)
    gone = fleet.silent(session, since, cursor=cursor, limit=WORKERS)
    return FleetPage(
        workers=rows,
        lost=tuple(map(_lost, gone.items)),
        lost_words=f"{words.counted(lost, 'lost worker')}" if lost else "",
        open=cursor is not None,
        answer=_answer(online, lost, rows),
        next=gone.next,
        event=event,
    )


def _rows(session: Session, online: Sequence[Worker]) -> Iterator[WorkerRow]:
    ids = [worker.id for worker in online]
    held, chosen = workers.holding(session, ids), plans.of_workers(session, ids)
    numbers = pages.numbers(session, [t for trials in held.values() for t in trials[:MOST_HELD]])
    ended = fleet.ended(session, ids, now() - HOUR)
    for worker in online:
        trials = held[worker.id]
        links = tuple(Held(t, words.count(numbers[t])) for t in trials[:MOST_HELD] if t in numbers)
        yield _row(worker, trials, links, chosen.get(worker.id), ended.get(worker.id, 0))


def _row(
    worker: Worker, trials: Sequence[int], links: tuple[Held, ...], plan: Plan | None, ended: int
) -> WorkerRow:
    slots = max(worker.slots, len(trials))
    return WorkerRow(
        name=worker.name,
        device=worker.device,
        version=worker.version or words.MISSING,
        slots=f"{words.count(len(trials))} of {words.count(slots)}",
        busy=round(100 * len(trials) / slots, 1) if slots else 0.0,
        held=links,
        more=len(trials) - len(links),
        how=stacking.of_worker(plan),
        rate=words.count(ended),
        age=_ago(worker.last_seen_at),
        seen=words.moment(worker.last_seen_at),
    )


def _lost(worker: Worker) -> LostRow:
    seen = words.moment(worker.last_seen_at)
    return LostRow(worker.name, worker.device, worker.version or words.MISSING, seen)


def _ago(at: datetime) -> str:
    """Just now, 12 s ago, 3 min ago: in steps that do not change with every glance."""
    seconds = int((now() - at).total_seconds())
    if seconds < 5:
        return "just now"
    return f"{seconds} s ago" if seconds < 60 else f"{seconds // 60} min ago"


def _answer(online: int, lost: int, rows: Sequence[WorkerRow]) -> str:
    if not online:
        if not lost:
            return "No worker has asked for work yet."
        return "No worker is online: trials wait until one asks for work."
    trials = sum(len(row.held) + row.more for row in rows)
    said = f"{words.counted(online, 'worker')} {'is' if online == 1 else 'are'} online"
    return f"{said}, training {words.counted(trials, 'trial')}."


def _sheet(session: Session, since: datetime) -> Iterator[tuple[Any, ...]]:
    """Those online, then every lost one."""
    online = fleet.online(session, since, ONLINE)
    ids = [worker.id for worker in online]
    held, ended = workers.holding(session, ids), fleet.ended(session, ids, now() - HOUR)
    for worker in online:
        yield _cells(worker, len(held[worker.id]), ended.get(worker.id, 0), "online")
    cursor: str | None = None
    while True:
        gone = fleet.silent(session, since, cursor=cursor, limit=WORKERS)
        yield from (_cells(worker, 0, 0, "lost") for worker in gone.items)
        if (cursor := gone.next) is None:
            return


def _cells(worker: Worker, training: int, ended: int, state: str) -> tuple[Any, ...]:
    about = (worker.name, worker.device, worker.version, worker.slots, training, ended)
    return (*about, worker.first_seen_at, worker.last_seen_at, state)
