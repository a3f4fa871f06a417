"""The catalogue of checks: how often each fires; each check's docstring becomes its page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from diagnostics import Severity
from diagnostics.causes import CAUSES
from diagnostics.check import CHECKS
from diagnostics.parts import UnknownPart
from service.api.checks import CheckView, catalogued
from service.dashboard import sheets, words
from service.dashboard.check_views import (
    CauseRow,
    CheckPage,
    CheckRow,
    ChecksPage,
    Firing,
    HeardRow,
    Within,
)
from service.dashboard.docstring import sections
from service.dashboard.home_views import Heading
from service.dashboard.room import router_of
from service.dashboard.templating import page
from service.dashboard.views import Mark
from service.deps import OptionalId, Reading, TalliesOf
from service.errors import NotFound
from service.store import events, firings, verdicts
from service.store.rows import found
from service.tables import Study

NEWEST = 20  # trials on a check's page
MOST_SHEET = 10_000  # verdicts in a check's CSV
WORST_FIRST = tuple(sorted(Severity, key=lambda severity: -severity.rank))
LOUD = (Severity.FATAL, Severity.WARNING)

Sort = Literal["fires", "name"]

router = router_of()


@dataclass(frozen=True)
class Asked:
    """Which checks to show, in which order, and whose verdicts to count."""

    q: str
    sort: Sort
    study: int | None

    def address(self, **changed: Any) -> str:
        """This catalogue with a part of the question changed."""
        fields = {**vars(self), **changed}
        fields["sort"] = "" if fields["sort"] == "fires" else fields["sort"]
        query = urlencode({name: value for name, value in fields.items() if value})
        return f"/checks?{query}" if query else "/checks"


@dataclass(frozen=True)
class Fired:
    """check → severity → how often; and when each last fired, warnings and fatal ones alone."""

    counts: Mapping[str, Mapping[str, int]]
    last: Mapping[str, datetime]

    def firings(self, check: str) -> tuple[Firing, ...]:
        """The worst first."""
        of = self.counts.get(check, {})
        return tuple(
            Firing(Mark(s), words.count(of[s.value]) if of.get(s.value) else words.MISSING)
            for s in WORST_FIRST
        )

    def loud(self, check: str) -> int:
        """How often it has warned or called a run fatal."""
        return sum(self.counts.get(check, {}).get(severity.value, 0) for severity in LOUD)


@router.get("/checks")
def checks(
    session: Reading,
    tallies: TalliesOf,
    q: Annotated[str, Query(max_length=200)] = "",
    sort: Sort = "fires",
    study: OptionalId = None,
    format: Literal["csv"] | None = None,
) -> Response:
    asked = Asked(q.strip(), sort, study or None)
    within = found(session, Study, asked.study) if asked.study else None
    fired = _fired(session, tallies.said(session, within))
    if format == "csv":
        return sheets.sheet("checks", *_checks_sheet(fired, asked))
    return page("checks.html", checks_page(session, asked, fired))


@router.get("/checks/{name}")
def check(
    session: Reading,
    name: str,
    study: OptionalId = None,
    format: Literal["csv"] | None = None,
) -> Response:
    if format == "csv":
        return sheets.sheet(name, *_heard_sheet(session, name, study or None))
    return page("check.html", check_page(session, name, study or None))


def checks_page(session: Session, asked: Asked, fired: Fired) -> ChecksPage:
    """The checks that are asked for, with how often each has fired."""
    event = events.latest_id(session)
    within = _within(session, asked.study)
    shown = _shown(fired, asked)
    return ChecksPage(
        checks=tuple(_row(fired, name, asked.study) for name in shown),
        headings=_headings(asked),
        causes=tuple(_causes(session, asked.study)),
        known_causes=tuple(CAUSES.values()),
        q=asked.q,
        kept=_kept(asked),
        within=within,
        answer=_answer(fired, len(shown), asked, within),
        csv=asked.address(format="csv"),
        event=event,
    )


def check_page(session: Session, name: str, study_id: int | None) -> CheckPage:
    """Raises NotFound, for the check and for the study."""
    view = _known(name)
    event = events.latest_id(session)
    within = _within(session, study_id)
    fired = _fired(session, firings.said(session, study=study_id, check=name))
    return CheckPage(
        name=view.name,
        profile=view.profile,
        scope="once per recipe shape of a study" if view.scope == "shape" else "for every trial",
        sections=sections(view.page),
        thresholds=tuple((name, _threshold(value)) for name, value in view.thresholds.items()),
        fired=fired.firings(name),
        heard=tuple(map(_heard, firings.newest(session, name, NEWEST, study=study_id))),
        within=within,
        answer=_check_answer(fired, name, within),
        csv=f"/checks/{name}?"
        + urlencode({**({"study": study_id} if study_id else {}), "format": "csv"}),
        event=event,
    )


def _fired(session: Session, said: Sequence[firings.Said]) -> Fired:
    newest: dict[str, int] = {}
    for row in said:
        if row.severity in firings.LOUD:
            newest[row.check] = max(row.newest, newest.get(row.check, 0))
    moments = firings.moments(session, list(newest.values()))
    last = {check: moments[key] for check, key in newest.items() if key in moments}
    return Fired(verdicts.counted(said), last)


def _shown(fired: Fired, asked: Asked) -> list[str]:
    """The names that hold what is searched for, or whose first sentence does, in order."""
    sought = asked.q.lower()
    names = [n for n in CHECKS.names() if sought in n or sought in catalogued(n).summary.lower()]
    return names if asked.sort == "name" else sorted(names, key=lambda n: -fired.loud(n))


def _row(fired: Fired, name: str, study: int | None) -> CheckRow:
    last = fired.last.get(name)
    return CheckRow(
        name=name,
        url=f"/checks/{name}" + (f"?study={study}" if study else ""),
        sees=catalogued(name).summary,
        loud=words.count(fired.loud(name)) if fired.loud(name) else words.MISSING,
        fired=fired.firings(name),
        last=words.moment(last),
    )


def _headings(asked: Asked) -> tuple[Heading, ...]:
    by_name, by_fires = (
        "ascending" if asked.sort == "name" else "",
        "descending" if asked.sort == "fires" else "",
    )
    return (
        Heading("Check", asked.address(sort="name"), by_name),
        Heading("Warned", asked.address(sort="fires"), by_fires, number=True),
        *(Heading(words.capital(severity.value), number=True) for severity in WORST_FIRST),
        Heading("Last warned"),
    )


def _kept(asked: Asked) -> tuple[tuple[str, str], ...]:
    study = (("study", str(asked.study)),) if asked.study else ()
    return (("sort", asked.sort), *study) if asked.sort == "name" else study


def _causes(session: Session, study: int | None) -> Iterator[CauseRow]:
    for row in firings.causes(session, study=study):
        said = CAUSES.get(row.cause, words.capital(row.cause.replace("_", " ")))
        yield CauseRow(said, words.count(row.first), words.count(row.trials))


def _answer(fired: Fired, shown: int, asked: Asked, within: Within | None) -> str:
    if asked.q:
        every = words.counted(len(CHECKS.names()), "check")
        return f"{words.count(shown)} of {every} {'matches' if shown == 1 else 'match'}."
    said = f"{words.counted(shown, 'check')} can watch a run."
    loudest = max(CHECKS.names(), key=fired.loud, default="")
    warned = sum(fired.loud(name) > 0 for name in CHECKS.names())
    if not warned:
        return f"{said} None has warned yet{_in(within)}."
    times, verb = words.counted(fired.loud(loudest), "time"), "has" if warned == 1 else "have"
    fired_most = f"most often `{loudest}`, {times}"
    return f"{said} {words.count(warned)} {verb} warned{_in(within)}; {fired_most}."


def _check_answer(fired: Fired, name: str, within: Within | None) -> str:
    if not fired.counts:
        return f"It has not judged a trial yet{_in(within)}."
    judged = sum(n for s, n in fired.counts[name].items() if s != Severity.SKIPPED.value)
    loud = fired.loud(name)
    if not judged:
        return f"It was skipped in every trial{_in(within)}: a signal that it needs was missing."
    return f"It warned in {words.count(loud)} of {words.counted(judged, 'verdict')}{_in(within)}."


def _in(within: Within | None) -> str:
    return "" if within is None else f" in study {within.id}"


def _within(session: Session, study: int | None) -> Within | None:
    return None if study is None else Within(study, found(session, Study, study).name)


def _known(name: str) -> CheckView:
    try:
        return catalogued(name)
    except UnknownPart as error:
        raise NotFound("check", f"{name!r}: {error}") from error


def _heard(row: firings.Heard) -> HeardRow:
    verdict = row.verdict
    return HeardRow(
        mark=Mark(Severity(verdict.severity)),
        study=verdict.study_id,
        study_name=row.study_name,
        trial=verdict.trial_id,
        number=words.count(row.number),
        state=row.state,
        summary=verdict.summary,
        when=words.moment(verdict.created_at),
    )


def _threshold(value: Any) -> str:
    return words.param(value) if value != "" else words.MISSING


Rows = tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]


def _checks_sheet(fired: Fired, asked: Asked) -> Rows:
    columns = ("check", *(severity.value for severity in WORST_FIRST), "last_warned", "sees")
    rows = (
        (
            name,
            *(fired.counts.get(name, {}).get(severity.value, 0) for severity in WORST_FIRST),
            fired.last.get(name),
            catalogued(name).summary,
        )
        for name in _shown(fired, asked)
    )
    return columns, rows


def _heard_sheet(session: Session, name: str, study: int | None) -> Rows:
    columns = ("severity", "study", "study_name", "trial", "number", "state", "summary", "at")
    _known(name)
    heard = firings.newest(session, name, MOST_SHEET, study=study)
    return columns, (
        (
            row.verdict.severity,
            row.verdict.study_id,
            row.study_name,
            row.verdict.trial_id,
            row.number,
            row.state,
            row.verdict.summary,
            row.verdict.created_at,
        )
        for row in heard
    )
