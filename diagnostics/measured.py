"""What an epoch measured beside loss and accuracy, in the words of pages and terminals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from diagnostics.signals import SIGNALS
from diagnostics.words import MISSING, count, metric_name, score

SHOWN = ("val_loss", "val_accuracy")  # which figures and tables have already
LOW, HIGH = "val_accuracy_low", "val_accuracy_high"
UNCERTAIN = ("mc_entropy", "mc_mutual_information")
MOST_FOLDS = 20  # that are told one by one
HUGE = 1e100  # beyond it a number is as good as not finite


@dataclass(frozen=True)
class Folds:
    """Each fold's scores: `rows` are a metric's name and its value in each of `names`."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def facts(signals: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of every metric, the accuracy's interval and the MC-dropout means."""
    return [*_metrics(signals), *_interval(signals), *_uncertainty(signals), *_ranges(signals)]


def folds(signals: Mapping[str, Any]) -> Folds | None:
    """None where there are no folds, or too many to tell them one by one."""
    found = _by_fold(signals)
    names = tuple(dict.fromkeys(name for by_fold in found.values() for name in by_fold))
    if not names or len(names) > MOST_FOLDS:
        return None
    rows = (
        (_title(metric), tuple(score(metric, by_fold.get(name)) for name in names))
        for metric, by_fold in found.items()
    )
    return Folds(names, tuple(rows))


def _metrics(signals: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in signals.items():
        known = name.startswith("val_") and name not in (*SHOWN, LOW, HIGH)
        if known and not isinstance(value, dict | list | str):
            yield _title(name), score(name, _number(value))


def _interval(signals: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if LOW in signals or HIGH in signals:
        low, high = (score("val_accuracy", _number(signals.get(name))) for name in (LOW, HIGH))
        known = MISSING not in (low, high)
        yield "Validation accuracy, interval", f"{low} to {high}" if known else MISSING


def _uncertainty(signals: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in UNCERTAIN:
        if name in signals:
            said = score(name, _number(signals[name]))
            unit = "" if said == MISSING else f" {SIGNALS[name].unit}"
            yield SIGNALS[name].meaning, said + unit


def _ranges(signals: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """From the lowest to the highest, where the folds are too many to be told one by one."""
    for metric, by_fold in _by_fold(signals).items():
        known = [value for value in by_fold.values() if value is not None]
        if len(by_fold) > MOST_FOLDS and known:
            ends = f"{score(metric, min(known))} to {score(metric, max(known))}"
            yield f"{_title(metric)} of {count(len(by_fold), 'fold')}", ends


def _by_fold(signals: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    return {
        metric: {str(fold): _number(value) for fold, value in signals[f"fold_{metric}"].items()}
        for metric in SHOWN
        if isinstance(signals.get(f"fold_{metric}"), dict)
    }


def _title(metric: str) -> str:
    name = metric_name(metric)
    return name[:1].upper() + name[1:]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= HUGE else None
