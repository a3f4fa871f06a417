"""`/`: the studies in a list; rows and views become the words that the template shows."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from service.dashboard import answers, sheets, trends, words
from service.dashboard.deeds import deeds
from service.dashboard.home_views import (
    Choice,
    Filters,
    FleetStrip,
    Heading,
    StudiesPage,
    StudyRow,
)
from service.dashboard.room import router_of
from service.dashboard.templating import page
from service.dashboard.views import Best, Mark, Progress, Share
from service.deps import Reading, SettingsOf
from service.settings import Settings
from service.store import bests, catalogue, events, fleet, pages, studies
from service.store.catalogue import Sort, Wanted
from service.store.studies import BestPoint
from service.tables import ENDED, STUDY_STATES, TRIAL_STATES, Study, StudyState, now

STUDIES = 50  # in one page of the list
MOST_SHEET = 200  # studies that are read at once for a CSV
TAGS = 6  # of a study that the list shows
LONGEST_TAG = 24  # characters

# The bar's order: what ended well first, what waits last.
BAR = ("complete", "pruned", "infeasible", "failed", "cancelled", "running", "waiting")

HEADINGS: tuple[tuple[str, Sort | None, bool], ...] = (  # title, what it sorts by, a number
    ("Study", "name", False),
    ("Best so far", None, False),
    ("Best", "best", True),
    ("Found at", None, False),
    ("Worst verdict", "worst", False),
    ("State", "state", False),
    ("Progress", "progress", False),
    ("Submitted", "created", False),
    ("Change", None, False),
)
COLUMNS = ("id", "name", "state", "tags", "metric", "best", "deviation", "best_trial", "params")
MORE_COLUMNS = ("worst", "trials", "ended", "created_at", "ended_at", "note")


router = router_of()


def _wanted(
    q: Annotated[str, Query(max_length=200)] = "",
    tag: Annotated[str, Query(max_length=100)] = "",
    state: StudyState | Literal[""] = "",
    sort: Sort = "created",
    descending: bool | None = None,
) -> Wanted:
    return Wanted(q.strip(), tag or None, state or None, sort, descending)


@router.get("/")
def home(
    session: Reading,
    settings: SettingsOf,
    wanted: Annotated[Wanted, Depends(_wanted)],
    cursor: str | None = None,
    format: Literal["csv"] | None = None,
) -> Response:
    if format == "csv":
        return sheets.sheet("studies", COLUMNS + MORE_COLUMNS, _sheet(session, wanted))
    return page("studies.html", studies_page(session, settings, wanted, cursor))


def studies_page(
    session: Session, settings: Settings, wanted: Wanted, cursor: str | None
) -> StudiesPage:
    """The studies that are wanted, one page of them."""
    event = events.latest_id(session)
    listed = catalogue.listed(session, wanted, cursor=cursor, limit=STUDIES)
    filters = _filters(wanted)
    return StudiesPage(
        studies=_rows(session, listed.items, wanted),
        headings=tuple(_heading(wanted, *heading) for heading in HEADINGS),
        filters=filters,
        fleet=fleet_strip(session, settings),
        answer=_answer(session, wanted, narrowed=filters.any),
        next=_address(wanted, cursor=listed.next) if listed.next else "",
        csv=_address(wanted, format="csv"),
        event=event,
    )


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
    said = f"{words.count(ended)} of {words.counted(total, 'trial')} ended"
    if counts["failed"]:
        said += f", {words.count(counts['failed'])} failed"
    return Progress(tuple(shares), said)


def fleet_strip(session: Session, settings: Settings) -> FleetStrip:
    """`2 workers online; 14 of 16 slots train.`"""
    rows = fleet.strength(session, now() - settings.silence)
    workers, slots = sum(row.workers for row in rows), sum(row.slots for row in rows)
    busy = sum(row.busy for row in rows)
    if not rows:
        return FleetStrip("No worker is online; `sitter worker` starts one.", (), None)
    text = f"{words.counted(workers, 'worker')} online, {words.count(busy)} of "
    text += f"{words.counted(slots, 'slot')} busy"
    devices = tuple(f"{words.count(row.workers)} × {row.device}" for row in rows)
    return FleetStrip(text, devices, min(100.0, round(100 * busy / slots, 1)) if slots else None)


def _rows(session: Session, items: Sequence[Study], wanted: Wanted) -> tuple[StudyRow, ...]:
    counts = studies.counts(session, items)
    worst = pages.worst(session, [study.id for study in items])
    steps = bests.steps(session, items)
    best = bests.best_points(session, items, steps)
    return tuple(
        StudyRow(
            id=study.id,
            name=study.name,
            state=study.state,
            tags=tuple(_tag(wanted, tag) for tag in study.tags[:TAGS]),
            trend=trends.trend(study, steps.get(study.id, ())),
            progress=progress(counts[study.id]),
            best=_best(study, best.get(study.id)),
            worst=Mark(worst[study.id]) if study.id in worst else None,
            created=words.moment(study.created_at),
            deeds=tuple(deeds(study, counts[study.id])),
        )
        for study in items
    )


def _best(study: Study, best: BestPoint | None) -> Best | None:
    if best is None:
        return None
    value = words.objective(study.metric, best.value)
    value += words.deviation(study.metric, best.deviation)
    return Best(best.trial.id, value, answers.point(best.trial.params))


def _tag(wanted: Wanted, tag: str) -> Choice:
    shown = tag if len(tag) <= LONGEST_TAG else tag[: LONGEST_TAG - 1] + "…"
    return Choice(shown, _address(wanted, tag=tag), tag == wanted.tag)


def _heading(wanted: Wanted, title: str, sort: Sort | None, number: bool) -> Heading:
    if sort is None:
        return Heading(title, number=number)
    if sort != wanted.sort:
        return Heading(title, _address(wanted, sort=sort, descending=None), number=number)
    order = "descending" if wanted.falls else "ascending"
    return Heading(title, _address(wanted, descending=not wanted.falls), order, number)


def _filters(wanted: Wanted) -> Filters:
    states = [Choice("Any state", "", wanted.state is None)]
    states += [Choice(words.capital(s), s, s == wanted.state) for s in STUDY_STATES]
    asked = _asked(wanted)
    return Filters(
        q=wanted.q,
        tag=wanted.tag or "",
        states=tuple(states),
        kept=tuple((name, asked[name]) for name in ("tag", "sort", "descending") if name in asked),
        untagged=_address(wanted, tag=""),
        any=bool(wanted.q or wanted.tag or wanted.state),
    )


def _asked(wanted: Wanted) -> dict[str, str]:
    """The query's fields that are not as they usually are."""
    fields = {
        "q": wanted.q,
        "tag": wanted.tag or "",
        "state": wanted.state or "",
        "sort": "" if wanted.sort == "created" else wanted.sort,
        "descending": _told(wanted),
    }
    return {name: text for name, text in fields.items() if text}


def _told(wanted: Wanted) -> str:
    usual = catalogue.DESCENDING[wanted.sort]
    return "" if wanted.falls == usual else str(wanted.falls).lower()


def _address(wanted: Wanted, **changed: Any) -> str:
    """This list with a part of the question changed; another place, so from the beginning."""
    place = {name: changed.pop(name) for name in ("cursor", "format") if name in changed}
    asked = _asked(Wanted(**{**vars(wanted), **changed}))
    query = urlencode(place | asked)
    return f"/?{query}" if query else "/"


def _answer(session: Session, wanted: Wanted, *, narrowed: bool) -> str:
    everything = catalogue.number(session, Wanted())
    if not everything:
        return "No study yet."
    if narrowed:
        matching = catalogue.number(session, wanted)
        verb = "matches" if matching == 1 else "match"
        return f"{words.count(matching)} of {words.counted(everything, 'study', 'studies')} {verb}."
    running = catalogue.number(session, Wanted(state="running"))
    if running:
        return f"{words.counted(running, 'study', 'studies')} running."
    return "Nothing is running; every study below has ended or is paused."


def _sheet(session: Session, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
    """Every study that is wanted, not one page of them."""
    cursor: str | None = None
    while True:
        listed = catalogue.listed(session, wanted, cursor=cursor, limit=MOST_SHEET)
        yield from _cells(session, listed.items)
        if (cursor := listed.next) is None:
            return


def _cells(session: Session, items: Sequence[Study]) -> Iterator[tuple[Any, ...]]:
    counts = studies.counts(session, items)
    worst = pages.worst(session, [study.id for study in items])
    found = bests.best_points(session, items, bests.steps(session, items))
    for study in items:
        best, by_state = found.get(study.id), counts[study.id]
        first = (study.id, study.name, study.state, ", ".join(study.tags), study.metric)
        if best is None:
            second: tuple[Any, ...] = (None, None, None, None)
        else:
            second = (best.value, best.deviation, best.trial.number, best.trial.params)
        severity = worst[study.id].value if study.id in worst else None
        ended = sum(by_state[state] for state in ENDED)
        third = (severity, sum(by_state.values()), ended, study.created_at, study.ended_at)
        yield (*first, *second, *third, study.note)
