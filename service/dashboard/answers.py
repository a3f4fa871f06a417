"""The one sentence at the top of a page: what a reader came to know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics import Severity
from service.dashboard import words
from service.dashboard.figures import edges
from service.dashboard.figures.scene import Axis, numeric
from service.views import BestView

BLOWN_UP = frozenset({"non_finite", "diverging"})  # fatal verdicts that mean "diverged"
MOST_PARAMS = 3  # of a point that a sentence names
LR = "optimizer.lr"


@dataclass(frozen=True)
class StudyFacts:
    """What a study's sentence is made from. `spoiled` are the points of infeasible trials,
    `fatal` the checks that gave a fatal verdict, `axes` the numeric paths of the space, `equals`
    the points of all trials that are as good as the best, that one among them.
    """

    metric: str
    state: str
    counts: Mapping[str, int]
    best: BestView | None
    spoiled: Sequence[Mapping[str, Any]]
    fatal: frozenset[str]
    failure: str | None
    repeats: int = 1
    axes: Sequence[Axis] = ()
    equals: Sequence[Mapping[str, Any]] = ()


def of_study(facts: StudyFacts) -> str:
    """`Best: lr 0.031, weight decay 2.1e-4 → 97.4 %; 3 trials diverged above lr 0.6.`

    Where the best lies at the end of what is searched, the sentence says so.
    """
    said = _best(facts) or _none_yet(facts)
    failures = "" if _all_failed(facts) else _failures(facts)
    parts = [said, _as_good(facts), *_edges(facts), _spoiled(facts), failures]
    return "; ".join(part for part in parts if part) + "."


def point(params: Mapping[str, Any]) -> str:
    """`lr 0.031, weight decay 2.1e-4`; the first few where there are many."""
    ordered = words.in_order(params)
    named = [words.named(p, params[p]) for p in ordered[:MOST_PARAMS]]
    return ", ".join([*named, "…"] if len(params) > MOST_PARAMS else named)


@dataclass(frozen=True)
class TrialFacts:
    """What a trial's sentence is made from; `worst` is its worst verdict's (severity, summary).

    `cause` is the likeliest one with its confidence, empty where there is none.
    """

    metric: str
    state: str
    value: float | None
    best_epoch: int | None
    epochs: int
    epochs_done: int
    reason: str | None
    worst: tuple[Severity, str] | None
    cause: str = ""


def of_trial(facts: TrialFacts) -> str:
    """`97.4 % validation accuracy at epoch 17 of 20; no check is worried.`, or the likely cause."""
    if facts.state == "failed":
        return f"Failed: {last_line(facts.reason) or 'no reason was given'}"
    if facts.state == "infeasible":
        return _infeasible(facts)
    if facts.state == "waiting":
        return "Waiting for a worker to take it."
    if facts.value is None:
        cause = f" Likely cause: {facts.cause}." if facts.cause else ""
        return _valueless(facts) + cause
    value = f"{words.objective(facts.metric, facts.value)} {words.metric(facts.metric)}"
    if facts.state == "running":
        said = f"Epoch {facts.epochs_done} of {facts.epochs}: {value} so far"
    else:
        said = f"{value} at epoch {facts.best_epoch} of {facts.epochs_done}"
    if facts.state == "pruned":
        said += ", pruned by the stopping rule"
    return f"{said}; {_worry(facts)}"


def last_line(text: str | None) -> str:
    """A traceback's last line is the error itself."""
    lines = (text or "").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _best(facts: StudyFacts) -> str:
    best = facts.best
    if best is None:
        return ""
    value = words.objective(facts.metric, best.value)
    if noise := words.deviation(facts.metric, best.deviation):
        value += f"{noise} over {words.counted(best.seeds, 'seed')}"
    return f"Best: {point(best.params) or f'trial {best.number}'} → {value}"


def _as_good(facts: StudyFacts) -> str:
    """`3 other trials do as well, with lr 0.23 to 0.66, weight decay 2.4e-6 to 0.0017`."""
    others = len(facts.equals) - 1
    if others < 1 or facts.best is None:
        return ""
    said = f"{words.counted(others, 'other trial')} {'does' if others == 1 else 'do'} as well"
    spread = [_spread(axis, facts.equals) for axis in facts.axes[:MOST_PARAMS]]
    ranges = ", ".join(each for each in spread if each)
    return f"{said}, with {ranges}" if ranges else said


def _spread(axis: Axis, points: Sequence[Mapping[str, Any]]) -> str:
    values = [numeric(point.get(axis.path)) for point in points]
    known = [value for value in values if value is not None]
    if not known or words.param(min(known)) == words.param(max(known)):
        return ""
    return f"{words.path(axis.path)} {words.param(min(known))} to {words.param(max(known))}"


def _edges(facts: StudyFacts) -> Iterator[str]:
    """`lr is at the edge of the space: search above 1 too`; in the end also that none is."""
    if facts.best is None:
        return
    complete = facts.counts.get("complete", 0) // facts.repeats
    places = {axis: numeric(facts.best.params.get(axis.path)) for axis in facts.axes}
    ends = {}
    for axis, place in places.items():
        spoiled = [numeric(params.get(axis.path)) for params in facts.spoiled]
        if beyond := edges.edge(axis, place, spoiled, complete):
            ends[words.path(axis.path)] = beyond
    if ends:
        yield _searched_too(ends)
    sure = facts.state == "complete" and complete >= edges.FEWEST
    if sure and places and all(edges.inside(axis, place) for axis, place in places.items()):
        yield "it lies well inside the space"


def _searched_too(ends: Mapping[str, str]) -> str:
    """`lr is at the edge of the space: search above 1 too`; with several, each by its name."""
    if len(ends) == 1:
        [(name, beyond)] = ends.items()
        return f"{name} is at the edge of the space: search {beyond} too"
    wanted = [f"{name} {beyond}" for name, beyond in ends.items()]
    listed = f"{', '.join(wanted[:-1])} and {wanted[-1]}"
    return f"it is at the edge of the space: search {listed} too"


def _none_yet(facts: StudyFacts) -> str:
    counts, total = facts.counts, sum(facts.counts.values())
    of_all = words.counted(total, "trial")
    if counts.get("complete", 0):
        return _partly(facts)
    if facts.state == "cancelled":
        return "Cancelled before any trial was complete"
    if broke := _all_broke(facts):
        return broke
    if _all_failed(facts):
        return _failures(facts)
    if facts.state in ("complete", "failed"):
        return f"None of {of_all} was completed" if total else "This study has no trials"
    if facts.state == "paused":
        return f"Paused; no trial of {words.count(total)} is complete yet"
    if counts.get("running", 0):
        return (
            f"No trial is complete yet; {words.count(counts['running'])} of {of_all} are training"
        )
    ended = total - counts.get("waiting", 0)
    if ended:
        return f"No trial is complete yet; {words.count(ended)} of {of_all} have ended"
    return f"Waiting for a worker to take the first of {of_all}; `sitter worker` starts one"


def _partly(facts: StudyFacts) -> str:
    """Complete trials without a best: a point counts once all of its repeats have a result."""
    ended = facts.state in ("complete", "failed", "cancelled")
    has, yet = ("", "") if ended else ("has ", " yet")
    if facts.repeats > 1:
        return f"No point {has}completed all of its {facts.repeats} repeats with a result{yet}"
    return f"No trial {has}completed with a result{yet}"


def _spoiled(facts: StudyFacts) -> str:
    """`3 trials diverged above lr 0.6`, or the lowest rate where the best one's is above it."""
    number = facts.counts.get("infeasible", 0)
    if not number or _all_broke(facts):
        return ""
    said = f"{words.counted(number, 'trial')} {_broke(facts)}"
    known = _rates(facts)
    best = numeric(facts.best.params.get(LR)) if facts.best else None
    if not known:
        return said
    if number == 1:
        return f"{said} at lr {words.param(known[0])}"
    if best is None or min(known) <= best:
        return f"{said}, the lowest at lr {words.param(min(known))}"
    return f"{said} above lr {words.floor_setting(min(known))}"


def _broke(facts: StudyFacts) -> str:
    return "diverged" if facts.fatal <= BLOWN_UP else "ended infeasible"


def _all_broke(facts: StudyFacts) -> str:
    """`All 8 trials diverged, the lowest at lr 0.01: search below it`; empty where some did not."""
    number = facts.counts.get("infeasible", 0)
    if not number or number + facts.counts.get("cancelled", 0) < sum(facts.counts.values()):
        return ""
    said = f"{'All ' if number > 1 else ''}{words.counted(number, 'trial')} {_broke(facts)}"
    known = _rates(facts) if facts.fatal <= BLOWN_UP else []
    if not known:
        return f"{said}; open {'one' if number > 1 else 'it'} to see why"
    lowest = f"{', the lowest at' if number > 1 else ' at'} lr {words.param(min(known))}"
    return f"{said}{lowest}: search below it"


def _rates(facts: StudyFacts) -> list[float]:
    """The lr of every infeasible trial; none where one of them is not known."""
    rates = [numeric(params.get(LR)) for params in facts.spoiled]
    known = [rate for rate in rates if rate is not None]
    return known if len(known) == facts.counts.get("infeasible", 0) else []


def _failures(facts: StudyFacts) -> str:
    """`2 trials failed, the last one with: ValueError: no data`."""
    failed = facts.counts.get("failed", 0)
    if not failed:
        return ""
    every = "All " if failed > 1 and _all_failed(facts) else ""
    error = last_line(facts.failure)
    last = "" if not error else ", the last one with: " if failed > 1 else ": "
    return f"{every}{words.counted(failed, 'trial')} failed{last}{error}"


def _all_failed(facts: StudyFacts) -> bool:
    """But for those that were cancelled."""
    counts = facts.counts
    failed = counts.get("failed", 0)
    return failed > 0 and failed + counts.get("cancelled", 0) == sum(counts.values())


def _infeasible(facts: TrialFacts) -> str:
    ended = f"Infeasible after {words.counted(facts.epochs_done, 'epoch')}"
    summary = facts.worst[1] if facts.worst else facts.reason or "a fatal verdict ended it."
    if facts.cause:
        return f"{ended}; likely cause: {facts.cause}. {words.capital(summary)}"
    return f"{ended}: {summary}"


def _valueless(facts: TrialFacts) -> str:
    if facts.state == "running" and facts.epochs_done == 0:
        return f"Training its first epoch of {facts.epochs}."
    if facts.state == "cancelled":
        return f"Cancelled after {words.counted(facts.epochs_done, 'epoch')}."
    return f"No finite {words.metric(facts.metric)} in {words.counted(facts.epochs_done, 'epoch')}."


def _worry(facts: TrialFacts) -> str:
    if facts.cause:
        return f"likely cause: {facts.cause}."
    if facts.worst is None:
        return "no check has spoken yet."
    severity, summary = facts.worst
    if severity.rank <= Severity.PASS.rank:
        return "no check is worried."
    return f"{severity.value}: {summary}"
