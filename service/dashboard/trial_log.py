"""What happened to a trial, in words, the newest first."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from diagnostics import Severity
from service.dashboard import words
from service.dashboard.trial_views import Log, LogRow
from service.dashboard.views import Mark
from service.store import trial_pages
from service.tables import EventRow, Trial

FIRST = 50  # rows at first
MOST = 1000
STEP = 4  # times as many with each "more"
SAYINGS = {
    "trial_running": "Attempt {attempt} began.",
    "trial_released": "Its worker gave it back; it waits again.",
    "attempt_lost": "Attempt {attempt} was lost with its worker; it waits again.",
    "trial_rejudged": "Its history was judged again.",
}


def log(session: Session, trial: Trial, metric: str, show: int = FIRST) -> Log:
    """The newest `show` of its events."""
    events = trial_pages.newest_events(session, trial.id, show + 1)
    more = min(show * STEP, MOST) if len(events) > show and show < MOST else None
    rows = [_row(event, metric) for event in _newest(events[:show])]
    return Log(tuple(rows), more)


def _newest(events: Sequence[EventRow]) -> Iterator[EventRow]:
    """Of a check that says the same with newer numbers, epoch by epoch, what it said last."""
    said: set[tuple[Any, Any]] = set()
    for event in events:
        if event.kind == "trial_running":
            said.clear()  # an attempt before this one
        if event.kind == "verdict":
            about = (event.data.get("check"), event.data.get("severity"))
            if about in said:
                continue
            said.add(about)
        yield event


def _row(event: EventRow, metric: str) -> LogRow:
    data: dict[str, Any] = event.data or {}
    mark = _mark(data) if event.kind == "verdict" else None
    return LogRow(words.moment(event.at), _says(event.kind, data, metric), mark)


def _says(kind: str, data: dict[str, Any], metric: str) -> str:
    if kind == "verdict":
        return f"{data.get('check', '')}: {data.get('summary', '')}"
    if kind in SAYINGS:
        return SAYINGS[kind].format(attempt=data.get("attempt", words.MISSING))
    said = words.capital(kind.removeprefix("trial_").replace("_", " "))
    value = data.get("value")
    if isinstance(value, int | float):
        said += f" with {words.objective(metric, value)} {words.metric(metric)}"
    reason = str(data.get("reason") or "").strip().splitlines()
    return f"{said}: {reason[-1]}" if reason else f"{said}."


def _mark(data: dict[str, Any]) -> Mark | None:
    try:
        return Mark(Severity(str(data.get("severity"))))
    except ValueError:
        return None
