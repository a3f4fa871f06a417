"""Evidence and patches as a person reads them: names in words, few digits, a dash for nothing."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from diagnostics import words
from diagnostics.outcome import Harm
from diagnostics.page.axis import usable
from diagnostics.page.layers import layer_name
from diagnostics.signals import SIGNALS
from diagnostics.verdict import Verdict

MOST = 8  # entries of a mapping or a list that are told one by one
THIN = "\u2009"  # between groups of three digits
LONGEST = 200  # letters of a value
BY_CLASS = ("class_share",)  # signals whose entries are numbers of classes, not of layers
NAMES = {  # of what checks compute from the signals (diagnostics.outcome, diagnostics.progress)
    "gain": "Share of the baseline loss that is gone",
    "possible": "Share that simple predictors take away",
    "reached": "Share that the run took away at best",
    "learned": "Share of the initial loss that is gone at best",
    "harm": "What became of the run",
}
OUTCOME = ("train_loss", "baseline_loss", "gain", "possible", "harm")  # diagnostics.weighed
HARMS = ("harm", "worst")  # evidence that is a Harm
VALUES = {
    Harm.BROKEN.value: "the loss ran away",
    Harm.FAILED.value: "nothing was learned",
    Harm.BEHIND.value: "far behind simple predictors",
}


def of_the_run(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """The numbers of the outcome, where several verdicts give the same ones as evidence."""
    said = [v.evidence for v in verdicts if "harm" in v.evidence and "train_loss" in v.evidence]
    outcomes = [{key: each[key] for key in OUTCOME if key in each} for each in said]
    alike = len(outcomes) > 1 and all(each == outcomes[0] for each in outcomes)
    return outcomes[0] if alike else {}


class Row(NamedTuple):
    """`inner`: one of the entries of what the row before them names."""

    name: str
    value: str
    inner: bool = False


def rows(evidence: Mapping[str, Any]) -> Iterator[Row]:
    """Each piece that is there; a mapping gives a row for itself and one per entry."""
    for key, value in evidence.items():
        if isinstance(value, Mapping):
            yield Row(_name(str(key)), "" if value else words.MISSING)
            yield from _entries(value, layered=key in SIGNALS and key not in BY_CLASS)
        elif value is not None:
            yield Row(_name(str(key)), _value(str(key), value))


def written(value: Any) -> str:
    """2.31, 12 000, yes, a list's first entries; a dash for None and what is not finite."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", THIN) if abs(value) < 10**12 else f"{value:.2e}"
    if isinstance(value, float):
        tame = usable(value)
        short = tame == tame and (tame.is_integer() or math.isclose(words.rounded(tame), tame))
        return words.setting(tame) if short else words.number(tame, 3)
    if isinstance(value, list | tuple):
        more = f" and {len(value) - MOST} more" if len(value) > MOST else ""
        return ", ".join(map(written, value[:MOST])) + more or words.MISSING
    said = words.MISSING if value is None else str(value)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def patch_text(patch: Mapping[str, Any]) -> str:
    """One line of YAML per recipe path; what is not a number is written as JSON, which is YAML."""
    return "\n".join(f"{path}: {_yaml(value)}" for path, value in patch.items())


def _entries(values: Mapping[Any, Any], *, layered: bool) -> Iterator[Row]:
    """All of few; of many the lowest and the highest numbers, in the order given."""
    numbers = {k: v for k, v in values.items() if isinstance(v, float | int)}
    ordered = sorted(numbers, key=lambda key: numbers[key])
    told = [*ordered[: MOST // 2], *ordered[-MOST // 2 :]] if len(values) > MOST else list(values)
    for key, value in values.items():
        if key in told:
            name = layer_name(str(key)) if layered else str(key)
            yield Row(name, written(value), inner=True)
    if len(values) > MOST:
        yield Row(f"{len(values) - len(told)} more", "in between" if told else "", inner=True)


def _name(key: str) -> str:
    """What a signal means, rather than what it is called."""
    plain = words.sentence(key.replace("_", " "))
    return SIGNALS[key].meaning if key in SIGNALS else NAMES.get(key, plain)


def _value(key: str, value: Any) -> str:
    """With its unit, where the signal has one."""
    if key in HARMS:
        return VALUES.get(str(value), str(value))
    unit = SIGNALS[key].unit if key in SIGNALS and isinstance(value, float | int) else ""
    return f"{written(value)} {unit}".rstrip()


def _yaml(value: Any) -> str:
    """A number as YAML reads it as a number: 1.0e-07, where Python writes 1e-07."""
    if isinstance(value, float):
        mantissa, power, exponent = repr(value).partition("e")
        point = "" if "." in mantissa or not power else ".0"
        return f"{mantissa}{point}{power}{exponent}"
    return json.dumps(value, ensure_ascii=False, default=str)
