"""A study's page: its rows become the words, marks and links that the template shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import yaml
from fastapi import Depends, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from diagnostics.across import Pattern
from diagnostics.causes import CAUSES
from service.dashboard import answers, stacking, words
from service.dashboard.deeds import deeds
from service.dashboard.figures import STUDY_FIGURES
from service.dashboard.figures.panels import filled, panels
from service.dashboard.figures.scene import axes_of
from service.dashboard.home_room import progress
from service.dashboard.room import router_of
from service.dashboard.study_views import Finding, StudyPage
from service.dashboard.templating import page
from service.dashboard.trial_table import MOST_SHOWN, SHOWN, Sort, View, table
from service.dashboard.verdict_matrix import Tally, matrix
from service.dashboard.views import Mark, Panel
from service.deps import CensusesOf, Id, Reading, TalliesOf
from service.fields import CauseName
from service.store import events, firings, pages, plans, studies
from service.store.rows import found
from service.study import StudyDocument
from service.tables import ENDED, Study, TrialState
from service.tables import Severity as SeverityName
from service.views import BestView

SPOILED = 1000  # infeasible points that the sentence looks at
MOST_PATTERNS = 5
MOST_CAUSES = 5  # that are told of a study

router = router_of()


async def _view(
    state: TrialState | None = None,
    check: Annotated[str | None, Query(max_length=64)] = None,
    severity: SeverityName | None = None,
    cause: CauseName | None = None,
    sort: Sort = "value",
    backwards: bool = False,
    show: Annotated[int, Query(ge=1, le=MOST_SHOWN)] = SHOWN,
) -> View:
    return View(state, check, severity, cause, sort, backwards, show)


@router.get("/studies/{study_id}")
def study(
    session: Reading,
    tallies: TalliesOf,
    censuses: CensusesOf,
    study_id: Id,
    view: Annotated[View, Depends(_view)],
) -> HTMLResponse:
    asked = found(session, Study, study_id)
    counts = studies.counts(session, [asked])[asked.id]
    known = Known(
        counts,
        tallies.of(session, asked),
        censuses.patterns(session, asked, sum(counts[state] for state in ENDED)),
    )
    return page("study.html", study_page(session, asked, known, view))


@dataclass(frozen=True)
class Known:
    """Trials by state, verdicts by check and severity, and what trials say together."""

    counts: dict[str, int]
    tally: Tally
    patterns: Sequence[Pattern]


def study_page(session: Session, study: Study, known: Known, view: View) -> StudyPage:
    """`view` is what its table shows."""
    event = events.latest_id(session)
    document = StudyDocument.stored(study.document)
    counts = known.counts
    plan = plans.of_study(session, study.id)
    facts = _facts(session, study, counts, known.tally)
    over = study.state in ("cancelled", "failed")
    return StudyPage(
        id=study.id,
        name=study.name,
        state=study.state,
        answer=answers.of_study(facts),
        progress=progress(counts),
        best=None if facts.best is None else facts.best.trial,
        deeds=tuple(deeds(study, counts)),
        budget=None if over else study.document["trials"],
        trained="" if plan is None else stacking.of_study(plan),
        timed=None if plan is None else stacking.table(plan),
        facts=_words(study, document),
        findings=tuple(_findings(session, study.id, known.patterns)),
        tags=tuple(study.tags),
        note=study.note,
        panels=_panels(study.id, document),
        matrix=matrix(session, study.id, known.tally),
        trials=table(session, study, document, view),
        document=yaml.safe_dump(study.document, sort_keys=False, allow_unicode=True),
        follow=study.state in ("running", "paused"),
        event=event,
    )


def _panels(study_id: int, document: StudyDocument) -> tuple[Panel, ...]:
    """Every figure that the study can have: without a stopping rule there are no rungs."""
    ruled = document.stopping.name != "none"
    names = [n for n in STUDY_FIGURES.names() if "rungs" in STUDY_FIGURES.load(n).needs]
    url = f"/v1/studies/{study_id}/figures"
    return filled(panels(STUDY_FIGURES, url, without=() if ruled else names))


def _findings(session: Session, study_id: int, said: Sequence[Pattern]) -> Iterator[Finding]:
    """What trials say together, then the causes that most of them suffer from."""
    for pattern in said[:MOST_PATTERNS]:
        yield Finding(Mark(pattern.severity), "", pattern.summary, "")
    likely = [cause for cause in firings.causes(session, study=study_id) if cause.first]
    for cause, trials, _ in likely[:MOST_CAUSES]:
        name = CAUSES.get(cause, words.capital(cause.replace("_", " ")))
        yield Finding(None, cause, name, words.counted(trials, "trial"))


def _facts(
    session: Session, study: Study, counts: dict[str, int], tally: Tally
) -> answers.StudyFacts:
    best = BestView.of(studies.best_point(session, study))
    repeats = int(study.document["repeats"])
    tied = best is not None and repeats == 1
    return answers.StudyFacts(
        metric=study.metric,
        state=study.state,
        counts=counts,
        best=best,
        spoiled=pages.spoiled(session, study.id, SPOILED) if counts["infeasible"] else (),
        fatal=frozenset(check for check, said in tally.items() if said.get("fatal")),
        failure=pages.last_failure(session, study.id) if counts["failed"] else None,
        repeats=repeats,
        axes=axes_of(StudyDocument.stored(study.document).space),
        equals=pages.as_good(session, study.id, best.value) if best and tied else (),
    )


def _words(study: Study, document: StudyDocument) -> tuple[tuple[str, str], ...]:
    ended = [("ended", words.moment(study.ended_at))] if study.ended_at else []
    repeats = [("seeds per point", str(document.repeats))] if document.repeats > 1 else []
    return (
        ("objective", f"{study.direction} {words.metric(study.metric)}"),
        ("strategy", document.strategy.name),
        ("stopping", document.stopping.name),
        *repeats,
        ("submitted", words.moment(study.created_at)),
        *ended,
    )
