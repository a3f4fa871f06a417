"""Turns pydantic's errors into ours: the field's path, the value, and the nearest valid name."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from diagnostics.parts import did_you_mean, nearest
from trainer.recipe.ingredient import Ingredient, Menu, entries

SPELLED_OUT = {  # how else people call a setting
    "learning_rate": "lr",
    "wd": "weight_decay",
    "l2": "weight_decay",
    "layers": "hidden",
    "units": "hidden",
}
CAMEL = re.compile("(?<=[a-z])(?=[A-Z])")  # where a class's name has a new word
MOST_SHOWN = 80  # characters of a refused value in a sentence


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field: `field` is its path, `message` a sentence without it.

    `value` can be sent as JSON where the document could: an infinity is given as a string.
    """

    field: str
    value: Any
    message: str
    nearest: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def problems(
    error: ValidationError, model: type[BaseModel], prefix: Sequence[str] = ()
) -> list[Problem]:
    """The problems of a document refused by `model`, in its order."""
    details = error.errors(include_url=False)
    return [_problem(detail, model, prefix) for detail in details]


def _problem(detail: Any, model: type[BaseModel], prefix: Sequence[str]) -> Problem:
    path, owner, menu = _resolve(model, detail["loc"])
    dotted = ".".join([*prefix, *path])
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden" and owner is not None:
        return _unknown(dotted, path[-1], value, list(owner.model_fields))
    if kind == "union_tag_invalid":
        known = [name.strip("'") for name in detail["ctx"]["expected_tags"].split(", ")]
        tag = detail["ctx"]["tag"]
        message = f"no {menu} is called {tag!r}; {did_you_mean(tag, known)}"
        return Problem(f"{dotted}.name", tag, message, tuple(nearest(tag, known)))
    if kind == "missing":
        return Problem(dotted, None, "is missing")
    if kind == "list_type":
        return Problem(dotted, _sendable(value), _a_list(value))
    message = detail["msg"].removeprefix("Value error, ")
    close: list[str] = []
    hint = ""
    if kind == "literal_error":
        close = nearest(str(value), re.findall("'([^']*)'", detail["ctx"]["expected"]))
        if close and "did you mean" not in message:
            hint = f"; did you mean {close[0]!r}?"
    sentence = message[:1].lower() + message[1:] + _shown(value) + hint
    return Problem(dotted, _sendable(value), sentence, tuple(close))


def _a_list(value: Any) -> str:
    if isinstance(value, str | int | float):
        return f"takes a list: [{_cut(str(value))}]"
    return "takes a list; write [ and ] around it"


def _unknown(dotted: str, key: str, value: Any, known: list[str]) -> Problem:
    spelled = nearest(key, [long for long, short in SPELLED_OUT.items() if short in known])
    close = nearest(key, known) or [SPELLED_OUT[long] for long in spelled]
    message = f"unknown key {key!r}; {did_you_mean(close[0] if close else key, known)}"
    return Problem(dotted, value, message, tuple(close))


def _sendable(value: Any) -> Any:
    """JSON has no inf, though 1e999 in a document is read as one."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _shown(value: Any) -> str:
    if not isinstance(value, str | int | float | bool | None):
        return ""
    return f" (given: {_cut(repr(value))})"


def _cut(written: str) -> str:
    return written if len(written) <= MOST_SHOWN else f"{written[:MOST_SHOWN]}…"


def _resolve(
    model: type[BaseModel], loc: Sequence[str | int]
) -> tuple[list[str], type[BaseModel] | None, str]:
    """The path without the tags of menus, the settings class that its last key belongs to, and
    what the last menu on the way lists, in the singular.
    """
    path: list[str] = []
    menu = ""
    owner: type[BaseModel] | None = model
    current: type[BaseModel] | None = model
    steps = iter(loc)
    for step in steps:
        path.append(str(step))
        owner = current
        field = current.model_fields.get(str(step)) if current else None
        if field is None:
            current = None
        elif (kind := _kind_of(field)) is not None:
            menu = CAMEL.sub(" ", kind.__name__).lower()
            if get_origin(field.annotation) is list:
                index = next(steps, None)
                path += [] if index is None else [str(index)]
            kinds: dict[str, type[Ingredient]] = entries(kind)
            current = kinds.get(str(next(steps, None)))
        else:
            current = _model_in(field.annotation)
    return path, owner, menu


def _kind_of(field: FieldInfo) -> type[Ingredient] | None:
    """What a field's menu, or that of its list's items, lists; None where it has none."""
    kind, notes = field.annotation, field.metadata
    if get_origin(kind) is list and get_origin(get_args(kind)[0]) is Annotated:
        kind, *notes = get_args(get_args(kind)[0])
    if not any(isinstance(note, Menu) for note in notes):
        return None
    assert isinstance(kind, type)
    assert issubclass(kind, Ingredient)
    return kind


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None
