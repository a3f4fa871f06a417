"""How numbers and settings are written: few digits, and a dash for what is missing."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

MISSING = "–"
SHARE = re.compile(r"_(accuracy|top_\d+|recall_at_\d+)$")
SETS = {"val": "validation", "train": "training"}
MEASURES = {
    r"top_(\d+)": r"top-\1 accuracy",
    r"f1_(\w+)": r"F1 (\1)",
    r"auroc": "AUROC",
    r"iou": "IoU",
    r"recall_at_(\d+)": r"recall@\1",
}


def number(value: float | None, digits: int = 2) -> str:
    """`digits` significant digits: 0.031, 2.1e-4, 1000, 1.2e6; a dash where not finite."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    short = f"{value:.{digits - 1}e}"
    mantissa, _, power = short.partition("e")
    exponent = int(power)
    if -3 <= exponent < 4:
        return f"{float(short):.{max(0, digits - 1 - exponent)}f}"
    whole = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{whole}e{exponent}"


@lru_cache(maxsize=1024)  # the same few are named after every epoch
def setting(value: float | None) -> str:
    """A setting as a person wrote it, at most 3 significant digits: 0.1, 0.031, 1000, 1e-7."""
    if value is None or not math.isfinite(value):
        return MISSING
    short = f"{value:.2e}"
    mantissa, _, power = short.partition("e")
    exponent = int(power)
    if value == 0 or -3 <= exponent < 5:
        return f"{float(short):.10f}".rstrip("0").rstrip(".")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


def written(value: Any, plain: Callable[[Any], str] | None = None) -> str:
    """A setting of any kind: 0.031, true, [16, 16], elu (alpha 0.5); `plain` words what is neither.

    What is None in a section is left out, as nobody writes it.
    """
    if isinstance(value, Mapping):
        return _section(value, plain)
    if isinstance(value, list | tuple):
        return f"[{', '.join(written(each, plain) for each in value)}]"
    return (plain or _one)(value)


def _section(section: Mapping[str, Any], plain: Callable[[Any], str] | None) -> str:
    said = ", ".join(
        f"{str(key).replace('_', ' ')} {written(each, plain)}"
        for key, each in section.items()
        if key != "name" and each is not None
    )
    name = str(section.get("name", ""))
    return f"{name} ({said})" if name and said else name or said or MISSING


def _one(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):  # a person's three digits say it all, of a drawn one two do
        return setting(value if rounded(value, 3) == value else rounded(value))
    return MISSING if value is None else str(value)


def percent(share: float | None) -> str:
    """A share of 1 with one decimal: 97.4 %; a dash where not finite."""
    if share is None or not math.isfinite(share):
        return MISSING
    return f"{100 * share:.1f} %"


def loss(value: float | None) -> str:
    """A loss with three digits, as the pages write it: 2.30, 0.0123, 1.2e6."""
    return number(value, 3)


def score(metric: str, value: float | None) -> str:
    """What a metric measured: shares of samples in percent, all else with three digits."""
    return percent(value) if is_share(metric) else loss(value)


def is_share(metric: str) -> bool:
    """Whether the metric counts samples: val_accuracy, val_top_5, val_recall_at_1."""
    return SHARE.search(metric) is not None


def metric_name(metric: str) -> str:
    """The metric in words: validation accuracy, validation top-5 accuracy, validation IoU."""
    of, _, measure = metric.partition("_")
    for pattern, words in MEASURES.items():
        if found := re.fullmatch(pattern, measure):
            return f"{SETS.get(of, of)} {found.expand(words)}"
    return f"{SETS.get(of, of)} {measure.replace('_', ' ')}".strip()


def rounded(value: float, digits: int = 2) -> float:
    """The number with `digits` significant digits, for patches that a person reads."""
    return float(f"{value:.{digits - 1}e}")


def sentence(text: str) -> str:
    """With a capital at its beginning; lr, being a name, stays as it is."""
    return text if text.startswith("lr ") else text[:1].upper() + text[1:]


def listed(names: Sequence[str], most: int = 3) -> str:
    """`fc1`, `fc2` and 4 more."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def count(quantity: int, noun: str) -> str:
    """1 epoch, 3 epochs."""
    return f"{quantity} {noun}" if quantity == 1 else f"{quantity} {noun}s"
