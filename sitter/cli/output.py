"""How the command speaks: the answer, a table, where to look next; or JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from diagnostics.report import SIGNS
from diagnostics.verdict import Severity
from diagnostics.words import MISSING, metric_name, score, written
from sitter.answers import Best, Study, Trial

console = Console(highlight=False)

STYLES = {
    "pass": "green",
    "note": "blue",
    "warning": "yellow",
    "fatal": "red",
    "skipped": "bright_black",
}


def print_json(answer: BaseModel | Iterable[BaseModel]) -> None:
    """One JSON document: an object, or a list of them."""
    if isinstance(answer, BaseModel):
        plain: Any = answer.model_dump(mode="json")
    else:
        plain = [item.model_dump(mode="json") for item in answer]
    print(json.dumps(plain, indent=2, ensure_ascii=False))


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """A plain table; columns named in `right` hold numbers."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made


def severity_sign(severity: str) -> str:
    """The sign in its colour, then the word."""
    return f"[{STYLES[severity]}]{SIGNS[Severity(severity)]}[/] {severity}"


def short(path: str) -> str:
    """`optimizer.weight_decay` → `weight decay`: the words people use."""
    return path.rpartition(".")[2].replace("_", " ")


def point(params: Mapping[str, Any]) -> str:
    """lr 0.031, weight decay 2.1e-4."""
    return ", ".join(f"{short(path)} {setting(value)}" for path, value in params.items())


def setting(value: Any) -> str:
    """A parameter's value with few digits."""
    return escape(written(value))


def answer(study: Study) -> str:
    """The sentence that answers a study."""
    if study.best is None:
        return f"Study {study.id}: {_no_best(study)}."
    return f"Best: {best(study.best, study.metric)}"


def best(found: Best, metric: str) -> str:
    """lr 0.031, weight decay 2.1e-4 → 97.4 % (trial 12, epoch 18)."""
    noise = "" if found.deviation is None else f" ± {score(metric, found.deviation)}"
    place = f"trial {found.number}" + (f", epoch {found.epoch}" if found.epoch else "")
    shown = point(found.params) or "the recipe as it is"
    return f"{shown} → {score(metric, found.value)}{noise} ({place})"


def trials_table(trials: Iterable[Trial], metric: str) -> Table:
    """Number, state, parameters, objective."""
    rows = list(trials)
    paths = list(dict.fromkeys(path for trial in rows for path in trial.params))
    label = metric_name(metric)
    names = [short(path) for path in paths]
    numbers = [short(path) for path in paths if _numbers(trial.params.get(path) for trial in rows)]
    right = ["trial", "id", *numbers, label, "epochs"]
    made = table("trial", "id", "state", *names, label, "epochs", right=right)
    for trial in rows:
        values = [setting(trial.params[p]) if p in trial.params else MISSING for p in paths]
        done = f"{trial.epochs_done}/{trial.epochs}"
        shown = "diverged" if trial.state == "infeasible" else score(metric, trial.value)
        made.add_row(str(trial.number), str(trial.id), trial.state, *values, shown, done)
    return made


def verdicts_table(counts: Mapping[str, Mapping[str, int]]) -> Table:
    """check × severity."""
    order = [severity.value for severity in Severity]
    made = table("check", *order, right=order)
    for check, by_severity in sorted(counts.items()):
        cells = [_count(by_severity.get(severity, 0), severity) for severity in order]
        made.add_row(check, *cells)
    return made


def counts_line(counts: Mapping[str, int]) -> str:
    """12 complete, 1 running, 3 infeasible."""
    return ", ".join(f"{number} {state}" for state, number in counts.items() if number) or "none"


def counted(number: int) -> str:
    """1 234 567, with narrow spaces that no line breaks at; a dash for none."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if number else MISSING


def size(number: int) -> str:
    """256 B, 65.5 kB, 1.6 MB; a dash for none."""
    amount, units = float(number), ["B", "kB", "MB", "GB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    if not number:
        return MISSING
    return (
        f"{amount:.0f} {units[0]}"
        if amount >= 100 or units[0] == "B"
        else f"{amount:.1f} {units[0]}"
    )


def duration(seconds: float) -> str:
    """48 s, 2 min 10 s, 3 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def age(moment: datetime) -> str:
    """How long ago."""
    return f"{duration(max(0.0, (datetime.now(UTC) - moment).total_seconds()))} ago"


def _numbers(values: Iterable[Any]) -> bool:
    return all(value is None or isinstance(value, int | float) for value in values)


def _no_best(study: Study) -> str:
    """A point is judged by the mean of its repeats, and so once all of them are complete."""
    if study.counts["complete"] and (study.document or {}).get("repeats", 1) > 1:
        return _ended(study, "no point", "completed all of its repeats with a result")
    return _ended(study, "no trial", "completed with a result")


def _ended(study: Study, who: str, did: str) -> str:
    return f"{who} {did}" if study.over else f"{who} has {did} yet"


def _count(number: int, severity: str) -> str:
    return f"[{STYLES[severity]}]{number}[/]" if number else MISSING


def how_trained(study: Study) -> str:
    """How a worker trains the trials, as its planner said; empty where none has told yet."""
    if study.plan is None or not study.plan.reason:
        return ""
    reason = escape(study.plan.reason)
    return f"Trained: {reason}\n"
