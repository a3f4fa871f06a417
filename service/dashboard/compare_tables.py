"""The tables of a comparison: what differs, what came of it, and what the checks said."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from diagnostics import Severity
from service.dashboard import answers, remedies, words
from service.dashboard.compare_views import Entry, Group, Row
from service.dashboard.comparison import Contender, Rival, differing
from service.dashboard.views import Mark
from service.store import bests, diagnoses, drawn, pages, studies, verdicts
from service.tables import ENDED, now

MOST = 60  # settings that are listed
MISSING = object()

Item = TypeVar("Item")


def of_trials(session: Session, compared: Sequence[Contender]) -> tuple[Group, ...]:
    """Settings, results and verdicts of trials."""
    return (
        _settings("Settings that differ", [c.settings for c in compared]),
        Group("Results", tuple(_results(session, compared)), ""),
        _verdicts(session, compared),
    )


def of_studies(session: Session, compared: Sequence[Rival]) -> tuple[Group, ...]:
    """What the studies were asked to do, and what came of it."""
    return (
        _settings("What differs in their documents", [r.settings for r in compared]),
        Group("Results", tuple(_outcomes(session, compared)), ""),
    )


def sheet(groups: Sequence[Group]) -> Iterable[tuple[Any, ...]]:
    """The tables as rows of (group, name, one text for each)."""
    for group in groups:
        for row in group.rows:
            texts = (e.mark.severity.value if e.mark else e.text for e in row.entries)
            yield (group.title, row.name, *texts)


def winner(values: Sequence[float | None], *, maximize: bool) -> int | None:
    """The place of the best value, None where there is none or another is as good."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    best = max(known) if maximize else min(known)
    return values.index(best) if known.count(best) == 1 and len(known) > 1 else None


def _settings(title: str, settings: Sequence[Any]) -> Group:
    paths = words.in_order(differing(settings))
    rows = tuple(
        Row(words.path_title(path), "", tuple(_setting(each, path) for each in settings))
        for path in paths[:MOST]
    )
    if not paths:
        return Group(title, (), "They have the same settings.")
    more = len(paths) - MOST
    note = f"and {words.count(more)} more" if more > 0 else "All other settings are the same."
    return Group(title, rows, note)


def _setting(settings: Any, path: str) -> Entry:
    value = settings.get(path, MISSING)
    return Entry(words.MISSING if value is MISSING else words.param(value))


def _results(session: Session, compared: Sequence[Contender]) -> Iterable[Row]:
    trials = [c.trial for c in compared]
    lowest = _lowest_losses(session, [t.id for t in trials])
    losses = [lowest.get(t.id) for t in trials]
    causes = [remedies.likeliest(diagnoses.of_trial(session, t.id)) for t in trials]
    yield _row("State", trials, lambda t: t.state)
    yield _scores(compared)
    yield _row("Best epoch", trials, lambda t: _counted(t.best_epoch))
    yield _row("Epochs trained", trials, lambda t: words.count(t.epochs_done))
    yield _best_row("Lowest validation loss", losses, words.loss, maximize=False)
    yield _row("Likely cause of trouble", causes, lambda c: c or words.MISSING)
    yield _row("Took", trials, lambda t: _took(t.started_at, t.ended_at))


def _scores(compared: Sequence[Contender]) -> Row:
    metrics = {c.study.metric for c in compared}
    texts = [words.objective(c.study.metric, c.trial.value) for c in compared]
    if len(metrics) > 1:
        named = [
            f"{t} ({words.metric(c.study.metric)})" for t, c in zip(texts, compared, strict=True)
        ]
        return Row("Objective", "", tuple(map(Entry, named)))
    maximize = compared[0].study.direction == "maximize"
    best = winner([c.trial.value for c in compared], maximize=maximize)
    entries = tuple(Entry(text, best=place == best) for place, text in enumerate(texts))
    return Row(words.capital(words.metric(compared[0].study.metric)), "", entries)


def _lowest_losses(session: Session, ids: Sequence[int]) -> dict[int, float]:
    lowest: dict[int, float] = {}
    for row in drawn.curves(session, ids):
        loss = words.tame(row.val_loss)
        if loss is not None:
            lowest[row.trial] = min(loss, lowest.get(row.trial, loss))
    return lowest


def _verdicts(session: Session, compared: Sequence[Contender]) -> Group:
    """The checks that warned of some of them, and did not say the same of all."""
    said = [_severities(session, c) for c in compared]
    checks = sorted({check for each in said for check in each})
    rows = tuple(
        Row(check, f"/checks/{check}", tuple(_verdict(each.get(check)) for each in said))
        for check in checks
        if len({each.get(check) for each in said}) > 1
        and any(map(_loud, (e.get(check) for e in said)))
    )
    if not checks:
        return Group("Verdicts", (), "No check has judged them yet.")
    same = "of the others, no check warned of one alone" if rows else "No check warned of one alone"
    return Group("Verdicts that differ", rows, f"{words.capital(same)}.")


def _severities(session: Session, contender: Contender) -> dict[str, Severity]:
    """Check → what it said of the trial itself, else of its shape."""
    found: dict[str, Severity] = {}
    for row in verdicts.of_trial(session, contender.trial):
        if row.check_name not in found or row.trial_id == contender.trial.id:
            found[row.check_name] = Severity(row.severity)
    return found


def _verdict(severity: Severity | None) -> Entry:
    return Entry(words.MISSING) if severity is None else Entry("", Mark(severity))


def _loud(severity: Severity | None) -> bool:
    return severity in (Severity.WARNING, Severity.FATAL)


def _outcomes(session: Session, compared: Sequence[Rival]) -> Iterable[Row]:
    items = [rival.study for rival in compared]
    counts, worst = studies.counts(session, items), pages.worst(session, [s.id for s in items])
    found = bests.best_points(session, items, bests.steps(session, items))
    yield _row("State", items, lambda s: s.state)
    yield _row("Trials", items, lambda s: _ended(counts[s.id]))
    if len({study.metric for study in items}) == 1:
        values = [found[s.id].value if s.id in found else None for s in items]
        maximize, metric = items[0].direction == "maximize", items[0].metric
        title = f"Best {words.metric(metric)}"
        yield _best_row(title, values, lambda v: words.objective(metric, v), maximize=maximize)
    yield _row(
        "Found at",
        items,
        lambda s: answers.point(found[s.id].trial.params) if s.id in found else words.MISSING,
    )
    marks = [
        Entry(words.MISSING) if s.id not in worst else Entry("", Mark(worst[s.id])) for s in items
    ]
    yield Row("Worst verdict", "", tuple(marks))
    yield _row("Took", items, lambda s: _took(s.created_at, s.ended_at))


def _ended(counts: dict[str, int]) -> str:
    ended = sum(counts[state] for state in ENDED)
    return f"{words.count(ended)} of {words.count(sum(counts.values()))} ended"


def _row(name: str, items: Sequence[Item], write: Callable[[Item], str]) -> Row:
    return Row(name, "", tuple(Entry(write(item)) for item in items))


def _best_row(
    name: str,
    values: Sequence[float | None],
    write: Callable[[float | None], str],
    *,
    maximize: bool,
) -> Row:
    best = winner(values, maximize=maximize)
    return Row(name, "", tuple(Entry(write(v), best=i == best) for i, v in enumerate(values)))


def _counted(number: int | None) -> str:
    return words.MISSING if number is None else words.count(number)


def _took(start: Any, end: Any) -> str:
    return (
        words.MISSING if start is None else words.duration(((end or now()) - start).total_seconds())
    )
