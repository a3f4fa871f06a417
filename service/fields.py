"""Types of what strangers send: numbers that are finite, text that SQL can keep, bounded JSON."""

from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from diagnostics.causes import CAUSES
from diagnostics.parts import did_you_mean
from service.errors import as_text

MOST_NESTING = 8  # of signals and evidence
MOST_TEXT = 20_000  # characters of a traceback that are kept


class Wire(BaseModel):
    """Base of what is sent; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


def storable(document: dict[str, Any]) -> dict[str, Any]:
    """JSON without NaN and infinities: they become null, as SQL and browsers want it.

    Raises ValueError where it is nested more than MOST_NESTING deep.
    """
    return document if _is_sound(document, 0) else _finite(document)


def storable_within(value: Any) -> Any:
    """As `storable` where it is a mapping; what it is to be says whether anything else will do."""
    return storable(value) if isinstance(value, dict) else value


def _is_sound(document: dict[str, Any], depth: int) -> bool:
    """Whether it is sound as it is. Written for speed: most are, and a report has thousands."""
    if depth >= MOST_NESTING - 1:
        return False
    for key, value in document.items():
        kind = type(value)
        if not key.isprintable():
            return False
        if kind is float:
            if not isfinite(value):
                return False
        elif kind is dict:
            if not _is_sound(value, depth + 1):
                return False
        elif kind is list:
            if not all(map(_is_sound_scalar, value)):
                return False
        elif not _is_sound_scalar(value):
            return False
    return True


def _is_sound_scalar(value: Any) -> bool:
    kind = type(value)
    if kind is float:
        return isfinite(value)
    return kind is int or kind is bool or value is None or (kind is str and value.isprintable())


def _finite(value: Any, depth: int = 0) -> Any:
    if depth > MOST_NESTING:
        raise ValueError(f"is nested more than {MOST_NESTING} deep")
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, str):
        return _readable(value)
    if isinstance(value, dict):
        return {_readable(str(key)): _finite(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner, depth + 1) for inner in value]
    return value


def _kept(text: str) -> str:
    return text if len(text) <= MOST_TEXT else "…" + text[-MOST_TEXT:]


def _readable(text: str) -> str:
    return as_text(text).replace("\0", "�")


def _finite_number(value: float | None) -> float | None:
    return value if value is None or isfinite(value) else None


def _cause(name: str) -> str:
    if name not in CAUSES:
        raise ValueError(f"no cause is called {name!r}; {did_you_mean(name, CAUSES)}")
    return name


def _share(value: float | None) -> float | None:
    if value is None or 0 <= value <= 1:
        return value
    if isfinite(value):
        raise ValueError(f"is a share from 0 to 1, not {value:g}")
    return None


Number = Annotated[float | None, AfterValidator(_finite_number)]
Id = Annotated[int, Field(ge=1, lt=2**31)]  # as SQL's integer
Count = Annotated[int, Field(ge=0, lt=2**31)]
Json = Annotated[dict[str, Any], AfterValidator(storable)]
Share = Annotated[float | None, AfterValidator(_share)]
CauseName = Annotated[str, AfterValidator(_cause)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Text = Annotated[str, AfterValidator(_kept), AfterValidator(_readable)]
