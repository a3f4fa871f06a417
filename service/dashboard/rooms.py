"""Studies in a list, and the workers: rows and views become the words that templates show."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service.dashboard import answers, stacking, words
from service.dashboard.views import (
    Best,
    FleetPage,
    Held,
    Mark,
    Progress,
    Share,
    StudiesPage,
    StudyRow,
    WorkerRow,
)
from service.settings import Settings
from service.store import events, pages, plans, studies, workers
from service.tables import ENDED, TRIAL_STATES, Study, Worker, now
from service.views import BestView

STUDIES = 50  # in one page of the list
WORKERS = 100
MOST_HELD = 8  # trials that a worker's row links to

# The bar's order: what ended well first, what waits last.
BAR = ("complete", "pruned", "infeasible", "failed", "cancelled", "running", "waiting")


def studies_page(session: Session, cursor: str | None) -> StudiesPage:
    """The list of studies, newest first."""
    event = events.latest_id(session)
    page = studies.listed(session, state=None, cursor=cursor, limit=STUDIES)
    counts = studies.counts(session, page.items)
    worst = pages.worst(session, [study.id for study in page.items])
    rows = tuple(
        StudyRow(
            id=study.id,
            name=study.name,
            state=study.state,
            progress=progress(counts[study.id]),
            best=_best(session, study),
            worst=Mark(worst[study.id]) if study.id in worst else None,
            created=words.moment(study.created_at),
        )
        for study in page.items
    )
    return StudiesPage(rows, _studies_answer(page.items), page.next, event)


def progress(counts: dict[str, int]) -> Progress:
    """Trials by state as parts of a bar, and in words."""
    total = sum(counts.values())
    ended = sum(counts[state] for state in ENDED)
    shares, start = [], 0.0
    for state in BAR:
        if counts[state]:
            width = 100 * counts[state] / total
            shares.append(
                Share(state, words.count(counts[state]), round(start, 3), round(width, 3))
            )
            start += width
    assert set(BAR) == set(TRIAL_STATES)
    return Progress(tuple(shares), f"{words.count(ended)} of {words.counted(total, 'trial')} ended")


def fleet_page(session: Session, settings: Settings, cursor: str | None) -> FleetPage:
    """The workers, newest first."""
    event = events.latest_id(session)
    page = workers.listed(session, cursor=cursor, limit=WORKERS)
    ids = [worker.id for worker in page.items]
    held, chosen = workers.holding(session, ids), plans.of_workers(session, ids)
    numbers = pages.numbers(session, [t for trials in held.values() for t in trials[:MOST_HELD]])
    alive_since = now() - settings.silence
    rows = tuple(
        _worker(
            worker,
            held[worker.id],
            numbers,
            stacking.of_worker(chosen.get(worker.id)),
            online=worker.last_seen_at >= alive_since,
        )
        for worker in page.items
    )
    return FleetPage(rows, _fleet_answer(rows), page.next, event)


def _best(session: Session, study: Study) -> Best | None:
    best = BestView.of(studies.best_point(session, study))
    if best is None:
        return None
    value = words.objective(study.metric, best.value)
    value += words.deviation(study.metric, best.deviation)
    return Best(best.trial, value, answers.point(best.params))


def _studies_answer(items: Sequence[Study]) -> str:
    running = sum(study.state == "running" for study in items)
    if not items:
        return "No study yet."
    if running:
        return f"{words.counted(running, 'study', 'studies')} running."
    return "Nothing is running; every study below has ended or is paused."


def _worker(
    worker: Worker, trials: Sequence[int], numbers: dict[int, int], how: str, *, online: bool
) -> WorkerRow:
    shown = [t for t in trials[:MOST_HELD] if t in numbers]
    return WorkerRow(
        name=worker.name,
        device=worker.device,
        version=worker.version or words.MISSING,
        online=online,
        slots=words.count(worker.slots),
        held=tuple(Held(trial, words.count(numbers[trial])) for trial in shown),
        more=len(trials) - len(shown),
        how=how,
        seen=words.moment(worker.last_seen_at),
    )


def _fleet_answer(rows: Sequence[WorkerRow]) -> str:
    if not rows:
        return "No worker has asked for work yet."
    online = sum(row.online for row in rows)
    trials = sum(len(row.held) + row.more for row in rows)
    if not online:
        return "No worker is online: trials wait until one asks for work."
    said = f"{words.counted(online, 'worker')} {'is' if online == 1 else 'are'} online"
    return f"{said}, training {words.counted(trials, 'trial')}."
