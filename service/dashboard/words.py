"""How values are written on pages (LOOK.md, *Numbers*): few digits, units, a dash for nothing."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from diagnostics import words
from diagnostics.words import MISSING as MISSING
from diagnostics.words import rounded, setting

HUGE = 1e100  # beyond it a number is as good as not finite, and is written so
SIZES = ("kB", "MB", "GB", "TB")
THIN = "\u2009"  # thin space between groups of three digits
LONGEST = 40  # characters of a searched value that is one word or a list
LONGEST_SECTION = 200  # of a section: what differs may stand at its end
MOST_LISTED = 8  # items of a list that evidence shows

PATHS = {"optimizer.lr": "lr", "optimizer.weight_decay": "weight decay"}
TITLES = {"optimizer.lr": "Learning rate", "optimizer.weight_decay": "Weight decay"}


def count(quantity: int) -> str:
    """12 345, with thin spaces."""
    return f"{quantity:,}".replace(",", THIN)


def counted(quantity: int, noun: str, plural: str = "") -> str:
    """1 trial, 1 024 trials, 2 studies."""
    return f"{count(quantity)} {noun if quantity == 1 else plural or noun + 's'}"


def loss(value: float | None) -> str:
    """A loss with three digits: 2.30, 0.0123, 1.2e6."""
    return words.loss(tame(value))


def percent(share: float | None) -> str:
    """A share of 1: 97.4 %."""
    return words.percent(tame(share))


def tame(value: float | None) -> float | None:
    """The number; None where it is not finite or as good as that, 0 where it is as good as 0."""
    if value is None or not abs(value) <= HUGE:
        return None
    return value if abs(value) >= 1 / HUGE else 0.0


def objective(metric: str, value: float | None) -> str:
    """An objective in its own unit: 97.4 % or 0.0812."""
    return words.score(metric, tame(value))


def deviation(metric: str, value: float | None) -> str:
    """The seed noise behind an objective: ` ± 0.6`; nothing where it was not measured."""
    if tame(value) is None or value is None:
        return ""
    noise = f"{100 * value:.1f}" if words.is_share(metric) else words.number(value)
    return f" ± {noise}"


def param(value: Any) -> str:
    """A searched value: 0.031 for a drawn number, 0.125 as a person wrote it, text as it is.

    A section is its name and its settings: elu (alpha 0.5).
    """
    if isinstance(value, bool) or value is None:
        return MISSING if value is None else str(value).lower()
    if isinstance(value, int):
        return count(value) if abs(value) < 10**9 else _setting(value)
    if isinstance(value, float):
        return _setting(value)
    if isinstance(value, list | tuple):
        return _short(", ".join(map(param, value)) or "[]")
    if isinstance(value, Mapping):
        return _short(words.written(value, param), LONGEST_SECTION)
    return _short(str(value))


def named(recipe_path: str, value: Any) -> str:
    """A searched value with its name: lr 0.031."""
    return f"{path(recipe_path)} {param(value)}"


def floor_setting(value: float) -> str:
    """A bound below a positive value, with two digits: what lies "above lr 0.6"."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return setting(rounded(math.floor(value / step) * step, 2))


def in_order(paths: Iterable[str]) -> list[str]:
    """lr, then weight decay, then the others as they come."""
    first = list(PATHS)
    return sorted(paths, key=lambda p: first.index(p) if p in PATHS else len(first))


def path(recipe_path: str) -> str:
    """The short name of a recipe path: lr, weight decay; others by their last word."""
    return PATHS.get(recipe_path, recipe_path.rpartition(".")[2].replace("_", " "))


def path_title(recipe_path: str) -> str:
    """The name of a path as a heading: Learning rate, Weight decay; others in full."""
    return TITLES.get(recipe_path, recipe_path)


def metric(name: str) -> str:
    """validation accuracy."""
    return words.metric_name(name)


def scale(metric_name: str) -> float:
    """From the stored unit to the one that axes show: shares of samples in percent."""
    return 100.0 if words.is_share(metric_name) else 1.0


def unit(metric_name: str) -> str:
    """The unit that axes show: % or nat; empty for pure numbers."""
    if words.is_share(metric_name):
        return "%"
    return "nat" if metric_name.endswith("loss") else ""


def axis_title(metric_name: str) -> str:
    """Validation accuracy, %."""
    shown = unit(metric_name)
    return capital(metric(metric_name)) + (f", {shown}" if shown else "")


def capital(text: str) -> str:
    """The first letter large, the others as they are: Validation IoU."""
    return text[:1].upper() + text[1:]


def duration(seconds: float | None) -> str:
    """0.4 s, 12 s, 2 min 10 s, 3 h 5 min, 2 d 4 h."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return MISSING
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, part_size, part in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part_size} {part}"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def moment(at: datetime | None) -> str:
    """2026-11-21 07:24 UTC."""
    return MISSING if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def size(length: int) -> str:
    """A file's length in decimal units: 812 B, 18.3 kB, 4.8 MB."""
    if length < 1000:
        return f"{length} B"
    power = min(int(math.log10(length * 1.00005) // 3), len(SIZES))
    return f"{length / 1000**power:.1f} {SIZES[power - 1]}"


def evidence(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, text) per piece of evidence; nested mappings become `outer, inner`."""
    for key, value in facts.items():
        name = str(key).replace("_", " ")
        if isinstance(value, Mapping):
            yield from ((f"{name}, {inner}", text) for inner, text in evidence(value))
        else:
            yield name, _fact(value)


def _fact(value: Any) -> str:
    if isinstance(value, list | tuple):
        shown = ", ".join(_fact(item) for item in value[:MOST_LISTED])
        more = len(value) - MOST_LISTED
        return f"{shown} and {count(more)} more" if more > 0 else shown or MISSING
    if isinstance(value, str):
        return value
    number = tame(value) if isinstance(value, float) else None
    if number is not None and rounded(number, 2) != number:
        return words.number(number, 3)
    return param(value)


def _short(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _setting(value: float) -> str:
    """As a person wrote it where three digits say it all, else with two."""
    tamed = tame(value)
    if tamed is None:
        return MISSING
    number = float(tamed)
    return setting(number if rounded(number, 3) == number else rounded(number, 2))
