"""`/compare`: some trials or some studies side by side; without any, a list to pick from."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from service.dashboard import answers, compare_tables, comparison, remedies, sheets, words
from service.dashboard.compare_views import Column, ComparePage, Group, Pick
from service.dashboard.comparison import Asked, Contender, Rival
from service.dashboard.figures.compared import COLOURS, COMPARE_FIGURES, MOST
from service.dashboard.room import router_of
from service.dashboard.templating import page
from service.dashboard.views import Panel
from service.deps import Reading
from service.store import bests, catalogue, events, studies
from service.store.catalogue import Wanted
from service.store.rows import found
from service.tables import ENDED, Study

PICKS = 12  # studies to pick from, the newest
Texts = Annotated[list[str], Query(default_factory=list, max_length=MOST * 4)]

router = router_of()


@router.get("/compare")
def compare(
    session: Reading,
    trials: Texts,
    studies: Texts,
    pick: Texts,
    kind: Literal["trials", "studies"] = "trials",
    format: Literal["csv"] | None = None,
) -> Response:
    if pick:
        picked = _picked(session, comparison.asked((), pick).studies, kind)
        return RedirectResponse(f"/compare?{picked.query()}", status_code=303)
    asked = comparison.asked(trials, studies)
    shown = compare_page(session, asked)
    if format == "csv" and shown.columns:
        columns = ("group", "name", *(f"{c.of} {c.name}".strip() for c in shown.columns))
        return sheets.sheet("comparison", columns, compare_tables.sheet(shown.groups))
    return page("compare.html", shown)


def compare_page(session: Session, asked: Asked) -> ComparePage:
    """Raises NotFound."""
    event = events.latest_id(session)
    if asked.trials:
        return _of_trials(session, asked, event)
    if asked.studies:
        return _of_studies(session, asked, event)
    said = "Pick two or more studies, to see their best trials or their searches side by side."
    return ComparePage(said, (), (), (), (), _picks(session), "", False, event)


def _of_trials(session: Session, asked: Asked, event: int) -> ComparePage:
    compared = comparison.contenders(session, asked.trials)
    repairs = tuple(_repairs(session, compared))
    groups = compare_tables.of_trials(session, compared)
    names = _names([c.study for c in compared])
    columns = tuple(
        Column(
            trial=c.trial.id,
            url=f"/trials/{c.trial.id}",
            name=f"Trial {words.count(c.trial.number)}",
            of=names[c.study.id],
            key=place % len(COLOURS),
            dashed=place >= len(COLOURS),
            without=_without(asked, c.trial.id),
        )
        for place, c in enumerate(compared)
    )
    follow = any(c.trial.state not in ENDED for c in compared)
    told = len(compared) == 2 and repairs
    answer = "" if told else _trials_answer(compared, groups)
    return _page(answer, repairs, columns, groups, asked, follow, event)


def _of_studies(session: Session, asked: Asked, event: int) -> ComparePage:
    compared = comparison.rivals(session, asked.studies)
    groups = compare_tables.of_studies(session, compared)
    columns = tuple(
        Column(
            trial=None,
            url=f"/studies/{r.study.id}",
            name=r.study.name,
            of=r.name,
            key=place % len(COLOURS),
            dashed=place >= len(COLOURS),
            without=_without(asked, r.study.id),
        )
        for place, r in enumerate(compared)
    )
    follow = any(r.study.state in ("running", "paused") for r in compared)
    return _page(_studies_answer(session, compared), (), columns, groups, asked, follow, event)


def _page(
    answer: str,
    repairs: tuple[str, ...],
    columns: tuple[Column, ...],
    groups: tuple[Group, ...],
    asked: Asked,
    follow: bool,
    event: int,
) -> ComparePage:
    return ComparePage(
        answer=answer,
        repairs=repairs,
        columns=columns,
        groups=groups,
        panels=_panels(asked),
        picks=(),
        csv=f"/compare?{asked.query()}&format=csv",
        follow=follow,
        event=event,
    )


def _panels(asked: Asked) -> tuple[Panel, ...]:
    kind = "trials" if asked.trials else "studies"
    loaded = [(name, COMPARE_FIGURES.load(name)) for name in COMPARE_FIGURES.names()]
    return tuple(
        Panel(name, figure.title, f"/v1/compare/figures/{name}?{asked.query()}", figure.columns)
        for name, figure in sorted(loaded, key=lambda pair: pair[1].order)
        if figure.of == kind
    )


def _repairs(session: Session, compared: Sequence[Contender]) -> list[str]:
    """`Repair: lr 10 → 0.1; validation accuracy 10.2 % → 97.1 %.`, of the repairs among them."""
    ids = {c.trial.id for c in compared}
    told = [
        (c, remedies.repaired(session, c.study, c.trial))
        for c in compared
        if c.trial.repair_of in ids
    ]
    several = len(told) > 1
    return [
        f"Repair{f' of trial {repair.number}' if several else ''}: {repair.text}."
        for _, repair in told
        if repair is not None
    ]


def _trials_answer(compared: Sequence[Contender], groups: Sequence[Group]) -> str:
    if len(compared) < 2:
        return "One trial is no comparison: choose another one in the table of its study."
    if len({c.study.metric for c in compared}) > 1:
        return "Their studies have different objectives, so that none of them is the best."
    study = compared[0].study
    named = [(c.name, c.trial.value) for c in compared]
    said = _ranking(named, study.metric, maximize=study.direction == "maximize")
    return f"{said} {_differences(groups[0])}"


def _studies_answer(session: Session, compared: Sequence[Rival]) -> str:
    if len(compared) < 2:
        return "One study is no comparison: pick another one beside it."
    items = [rival.study for rival in compared]
    if len({study.metric for study in items}) > 1:
        return "Their objectives differ, so that none of them is the best."
    best = bests.best_points(session, items, bests.steps(session, items))
    named = [(r.name, best[r.study.id].value if r.study.id in best else None) for r in compared]
    return _ranking(named, items[0].metric, maximize=items[0].direction == "maximize")


def _ranking(named: Sequence[tuple[str, float | None]], metric: str, *, maximize: bool) -> str:
    """`Trial 3 is best: 97.4 % validation accuracy; next is trial 0 with 95.3 %.`"""
    known = [(name, value) for name, value in named if value is not None]
    ranked = sorted(known, key=lambda pair: pair[1], reverse=maximize)
    if not ranked:
        return f"None of them has a {words.metric(metric)} yet."
    (name, value), *rest = ranked
    score = f"{words.objective(metric, value)} {words.metric(metric)}"
    if not rest:
        return f"Only {name} has a result: {score}."
    if rest[0][1] == value:
        return f"{words.capital(name)} and {rest[0][0]} are equally good: {score}."
    after = f"next is {rest[0][0]} with {words.objective(metric, rest[0][1])}"
    return f"{words.capital(name)} is best: {score}; {after}."


def _differences(settings: Group) -> str:
    if not settings.rows:
        return "Their settings are the same."
    names = [row.name if "." in row.name else row.name.lower() for row in settings.rows]
    if len(names) > answers.MOST_PARAMS:
        return f"They differ in {words.count(len(names))} settings."
    return f"They differ in {' and '.join(names)}."


def _names(items: Sequence[Study]) -> dict[int, str]:
    """Study → its name, where there are several; else nothing need be said."""
    several = len({study.id for study in items}) > 1
    return {study.id: study.name if several else "" for study in items}


def _without(asked: Asked, key: int) -> str:
    query = asked.query(without=key)
    return f"/compare?{query}" if query else "/compare"


def _picked(session: Session, ids: Sequence[int], kind: str) -> Asked:
    """The studies themselves, or the best trial of each that has one."""
    if kind == "studies":
        return Asked(studies=tuple(ids))
    best = [studies.best_point(session, found(session, Study, each)) for each in ids]
    return Asked(trials=tuple(point.trial.id for point in best if point is not None))


def _picks(session: Session) -> tuple[Pick, ...]:
    items = catalogue.listed(session, Wanted(), cursor=None, limit=PICKS).items
    best = bests.best_points(session, items, bests.steps(session, items))
    return tuple(_pick(study, best.get(study.id)) for study in items)


def _pick(study: Study, best: studies.BestPoint | None) -> Pick:
    if best is None:
        return Pick(study.id, study.name, study.state, "", "")
    value = words.objective(study.metric, best.value) + words.deviation(
        study.metric, best.deviation
    )
    return Pick(study.id, study.name, study.state, value, answers.point(best.trial.params))
