"""Evidence and patches as a person reads them: names in words, few digits, a dash for nothing."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics import words
from diagnostics.page.axis import usable
from diagnostics.signals import SIGNALS

MOST = 8  # entries of a mapping or a list that are told one by one
THIN = "\u2009"  # between groups of three digits
LONGEST = 200  # letters of a value
EXPLAINED = {  # what checks measure beside the signals (diagnostics.outcome)
    "gain": "share of the baseline loss that training took away",
    "possible": "share that simple predictors take away",
    "reached": "share that the run has taken away at best",
    "harm": "what has become of the run",
    "learned": "share of the initial loss that is gone at the best epoch",
}


def rows(evidence: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(name, value, what the name means) of each piece; mappings give a row per entry."""
    for key, value in evidence.items():
        name, meaning = str(key).replace("_", " "), _meaning(str(key))
        if isinstance(value, Mapping):
            yield from ((f"{name}, {inner}", said, meaning) for inner, said in _entries(value))
        else:
            yield name, written(value) + _unit(str(key), value), meaning


def written(value: Any) -> str:
    """2.31, 12 000, yes, a list's first entries; a dash for None and what is not finite."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", THIN) if abs(value) < 10**12 else f"{value:.2e}"
    if isinstance(value, float):
        return words.number(usable(value), 3)
    if isinstance(value, list | tuple):
        more = f" and {len(value) - MOST} more" if len(value) > MOST else ""
        return ", ".join(map(written, value[:MOST])) + more or words.MISSING
    said = words.MISSING if value is None else str(value)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def patch_text(patch: Mapping[str, Any]) -> str:
    """One line of YAML per recipe path; what is not a number is written as JSON, which is YAML."""
    return "\n".join(f"{path}: {_yaml(value)}" for path, value in patch.items())


def _entries(values: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    shown = list(values.items())[:MOST]
    for key, value in shown:
        yield str(key), written(value)
    rest = [value for value in list(values.values())[MOST:] if isinstance(value, float | int)]
    if rest:
        yield f"{len(values) - MOST} more", f"{written(min(rest))} to {written(max(rest))}"


def _meaning(name: str) -> str:
    return SIGNALS[name].meaning if name in SIGNALS else EXPLAINED.get(name, "")


def _unit(name: str, value: Any) -> str:
    """Of signals that have one."""
    unit = SIGNALS[name].unit if name in SIGNALS and isinstance(value, float | int) else ""
    return f" {unit}" if unit else ""


def _yaml(value: Any) -> str:
    """A number as YAML reads it as a number: 1.0e-07, where Python writes 1e-07."""
    if isinstance(value, float):
        mantissa, power, exponent = repr(value).partition("e")
        point = "" if "." in mantissa or not power else ".0"
        return f"{mantissa}{point}{power}{exponent}"
    return json.dumps(value, ensure_ascii=False, default=str)
