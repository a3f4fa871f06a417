"""The one sentence at the top of a page: what a reader came to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics import Severity
from service.dashboard import words
from service.dashboard.figures.scene import numeric
from service.views import BestView

BLOWN_UP = frozenset({"non_finite", "diverging"})  # fatal verdicts that mean "diverged"
MOST_PARAMS = 3  # of a point that a sentence names
LR = "optimizer.lr"


@dataclass(frozen=True)
class StudyFacts:
    """What a study's sentence is made from. `spoiled` are the points of infeasible trials,
    `fatal` the checks that gave a fatal verdict.
    """

    metric: str
    state: str
    counts: Mapping[str, int]
    best: BestView | None
    spoiled: Sequence[Mapping[str, Any]]
    fatal: frozenset[str]
    failure: str | None
    repeats: int = 1


def of_study(facts: StudyFacts) -> str:
    """`Best: lr 0.031, weight decay 2.1e-4 → 97.4 %; 3 trials diverged above lr 0.6.`"""
    said = _best(facts) or _none_yet(facts)
    spoiled = _spoiled(facts)
    failed = facts.counts.get("failed", 0)
    parts = [said, spoiled]
    if facts.best is not None and failed:
        parts.append(f"{words.counted(failed, 'trial')} failed")
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
    value = words.objective(facts.metric, best.value) + words.deviation(
        facts.metric, best.deviation
    )
    return f"Best: {point(best.params) or f'trial {best.number}'} → {value}"


def _none_yet(facts: StudyFacts) -> str:
    counts, total = facts.counts, sum(facts.counts.values())
    of_all = words.counted(total, "trial")
    if counts.get("complete", 0):
        return _partly(facts)
    if facts.state == "cancelled":
        return "Cancelled before any trial was complete"
    if counts.get("failed", 0) and counts["failed"] + counts.get("cancelled", 0) == total:
        return f"All {of_all} failed, the last one with: {last_line(facts.failure)}"
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
    number = facts.counts.get("infeasible", 0)
    if not number:
        return ""
    verb = "diverged" if facts.fatal <= BLOWN_UP else "ended infeasible"
    said = f"{words.counted(number, 'trial')} {verb}"
    rates = [numeric(params.get(LR)) for params in facts.spoiled]
    known = [rate for rate in rates if rate is not None]
    best = numeric(facts.best.params.get(LR)) if facts.best else None
    if len(known) < number or best is None or min(known) <= best:
        return said
    if number == 1:
        return f"{said} at lr {words.param(known[0])}"
    return f"{said} above lr {words.floor_setting(min(known))}"


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
