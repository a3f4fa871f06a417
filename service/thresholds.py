"""Thresholds of checks as somebody gave them: what is wrong with them, field by field."""

from collections.abc import Mapping
from typing import Any, get_type_hints

from diagnostics.check import CHECKS, BadThreshold, load_checks
from diagnostics.parts import UnknownPart
from diagnostics.words import written
from trainer.recipe import Problem

Given = Mapping[str, Mapping[str, Any]]  # check → threshold → value

KINDS = {float: "a number", int: "a whole number", bool: "true or false", str: "a word"}


def problems(given: Given, prefix: str) -> list[Problem]:
    """What the checks would refuse; `prefix` is where the thresholds stood."""
    found: list[Problem] = []
    for check, settings in given.items():
        found += _problems(check, settings, f"{prefix}.{check}")
    return found


def _problems(check: str, settings: Mapping[str, Any], place: str) -> list[Problem]:
    try:
        kind = CHECKS.load(check)
    except UnknownPart as error:
        return [Problem(place, check, str(error), tuple(error.nearest))]
    hints = get_type_hints(kind)
    mistaken = [
        Problem(f"{place}.{name}", value, f"takes {KINDS[hints[name]]}, not {written(value)}")
        for name, value in settings.items()
        if hints.get(name) in KINDS and not _is_one(value, hints[name])
    ]
    return mistaken or _refused(check, settings, place)


def _is_one(value: Any, kind: type) -> bool:
    """JSON may write 1.0 as 1; true is no number."""
    return type(value) is kind or (kind is float and type(value) is int)


def _refused(check: str, settings: Mapping[str, Any], place: str) -> list[Problem]:
    """By the check itself, which names the threshold only where it has none of that name."""
    try:
        load_checks({check: settings})
    except BadThreshold as error:
        _, _, name = error.field.partition(".")
        name = name or (next(iter(settings)) if len(settings) == 1 else "")
        field, value = (f"{place}.{name}", settings[name]) if name else (place, dict(settings))
        return [Problem(field, value, str(error).removeprefix(f"{check}: "))]
    return []
