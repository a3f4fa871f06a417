"""A trial's history as its rows tell it: what its worker judged, ready to be judged again."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from diagnostics import Check, Facts, History, Verdict, judge
from diagnostics.history import SignalValue
from service.tables import Attempt, Epoch

LOSSES = ("train_loss", "val_loss")
SCORES = ("train_accuracy", "val_accuracy")
FOLDED = "fold_val_loss"  # a signal of trials that are means over folds


def history_of(rows: Sequence[Epoch], facts: Facts, *, told: bool) -> History:
    """Signals and metrics by epoch; epoch 0 has signals only.

    SQL has null both for a number that is not finite and for one that was not measured. A score is
    finite wherever there is one. `told`: the worker has said what it judges with, as ours do, and
    those measure every loss; of another's, a loss that no epoch has was not measured.
    """
    missing = () if told else [n for n in LOSSES if all(getattr(r, n) is None for r in rows)]
    history = History(facts)
    for row in rows:
        history.record(row.epoch, _signals(row) | _metrics(row, missing))
    return history


def stored_facts(attempt: Attempt | None) -> Facts | None:
    """What the attempt's worker judged with; what this release does not know of it is left out."""
    if attempt is None or attempt.facts is None:
        return None
    known = {field.name for field in fields(Facts)}
    return Facts(**{name: value for name, value in attempt.facts.items() if name in known})


def judged(history: History, checks: Iterable[Check]) -> list[Verdict]:
    """As a worker judges: checks of a shape where it was measured, the others after an epoch."""
    ready = {"shape": 0 in history.rows, "trial": history.epochs > 0}
    return judge(history, [check for check in checks if ready[check.scope]])


def is_folded(history: History) -> bool:
    """Whether the epochs are means over folds: their workers judged each fold by itself."""
    return any(FOLDED in row for row in history.rows.values())


def _signals(row: Epoch) -> dict[str, SignalValue]:
    return {name: _signal(value) for name, value in row.signals.items()}


def _metrics(row: Epoch, missing: Iterable[str]) -> dict[str, SignalValue]:
    if row.epoch == 0:
        return {}
    losses = {name: getattr(row, name) for name in (*LOSSES, "lr") if name not in missing}
    scores = {name: getattr(row, name) for name in SCORES if getattr(row, name) is not None}
    return losses | scores


def _signal(value: Any) -> SignalValue:
    """A signal as it should be; what a worker sent in another form becomes None."""
    if isinstance(value, dict):
        return {str(layer): _number(number) for layer, number in value.items()}
    if isinstance(value, list):
        return [_number(number) for number in value]
    return _number(value)


def _number(value: Any) -> float | None:
    return value if type(value) in (int, float) else None
