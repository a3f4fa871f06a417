"""The search space: recipe paths → distributions, each a map from [0, 1) to values.

Every strategy that samples works through `at(u)`, so log scales are done right once: equal steps
in u are equal ratios of a log-uniform value.
"""

import itertools
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import (
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from diagnostics.parts import did_you_mean
from trainer.recipe.ingredient import Settings

Value = Any  # what a recipe setting can be: a number, a string, a list, a section
Point = dict[str, Value]  # recipe path → value
# YAML 1.1 needs the point and the sign in 1.0e-4, so that what people write is read as a string.
SCIENTIFIC = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")


def _number(written: Value) -> Value:
    """Numbers as they were meant, those inside sections and lists too."""
    if isinstance(written, Mapping):
        return {key: _number(each) for key, each in written.items()}
    if isinstance(written, list | tuple):
        return [_number(each) for each in written]
    scientific = isinstance(written, str) and SCIENTIFIC.fullmatch(written)
    value = float(written) if scientific else written
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("takes finite numbers only")
    return value


Whole = Annotated[int, BeforeValidator(_number), Field(ge=-(2**53), le=2**53)]  # exact in a float
OneValue = Annotated[Value, BeforeValidator(_number)]


class Distribution(Settings, ABC):
    """Abstract. In a document: `{kind: [low, high]}` or `{kind: [values]}`, with `points: n`."""

    kind: ClassVar[str]

    @abstractmethod
    def at(self, u: float) -> Value:
        """The value at quantile u in [0, 1)."""

    @abstractmethod
    def grid(self) -> list[Value]:
        """The values of a grid, in order; raises ValueError where `points` is missing."""

    @abstractmethod
    def edges(self) -> list[Value]:
        """The values that decide whether a recipe accepts all of them."""

    @abstractmethod
    def document(self) -> dict[str, Any]:
        """As written in a study."""


class Range(Distribution, ABC):
    """Abstract: from `low` to `high`, both included."""

    low: float
    high: float
    points: int | None = Field(default=None, ge=1, le=100_000)
    log: ClassVar[bool] = False

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if not self.low < self.high:
            raise ValueError(f"low must be below high, not [{self.low:g}, {self.high:g}]")
        if self.log and self.low <= 0:
            raise ValueError(f"a log scale starts above 0, not at {self.low:g}")
        return self

    def edges(self) -> list[Value]:
        return [self.low, self.high]

    def document(self) -> dict[str, Any]:
        points = {} if self.points is None else {"points": self.points}
        return {self.kind: [self.low, self.high], **points}

    def _grid_points(self) -> int:
        if self.points is None:
            raise ValueError(
                f"a grid over {self.kind} needs `points`: "
                f"{{{self.kind}: [{self.low:g}, {self.high:g}], points: 5}}"
            )
        return self.points


class Uniform(Range):
    """Any number of [low, high], all as likely."""

    kind = "uniform"

    def at(self, u: float) -> float:
        return min(self.low + u * (self.high - self.low), self.high)

    def grid(self) -> list[Value]:
        return [float(v) for v in np.linspace(self.low, self.high, self._grid_points())]


class LogUniform(Range):
    """Any number of [low, high], all magnitudes as likely."""

    kind = "log_uniform"
    log = True

    def at(self, u: float) -> float:
        value = math.exp(math.log(self.low) + u * (math.log(self.high) - math.log(self.low)))
        return min(max(value, self.low), self.high)

    def grid(self) -> list[Value]:
        return [float(v) for v in np.geomspace(self.low, self.high, self._grid_points())]


class Int(Range):
    """Any whole number of [low, high], all as likely."""

    kind = "int"
    low: Whole
    high: Whole

    def at(self, u: float) -> int:
        return min(self.low + math.floor(u * (self.high - self.low + 1)), self.high)

    def grid(self) -> list[Value]:
        every = range(self.low, self.high + 1)
        if self.points is None or self.points >= len(every):
            return list(every)
        return sorted({round(v) for v in np.linspace(self.low, self.high, self.points)})


class LogInt(Range):
    """Any whole number of [low, high], all magnitudes as likely."""

    kind = "log_int"
    log = True
    low: Whole
    high: Whole

    def at(self, u: float) -> int:
        # From half below to half above, so that the end points get their fair share.
        span = math.log(self.high + 0.5) - math.log(self.low - 0.5)
        value = round(math.exp(math.log(self.low - 0.5) + u * span))
        return min(max(value, self.low), self.high)

    def grid(self) -> list[Value]:
        points = self._grid_points()
        return sorted({round(v) for v in np.geomspace(self.low, self.high, points)})


class Listed(Distribution, ABC):
    """Abstract: one of the values given; `1e-4` is a number here too."""

    values: Annotated[list[OneValue], Field(min_length=1, max_length=100_000)]

    def at(self, u: float) -> Value:
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def grid(self) -> list[Value]:
        return list(self.values)

    def edges(self) -> list[Value]:
        return list(self.values)

    def document(self) -> dict[str, Any]:
        return {self.kind: list(self.values)}


class Choice(Listed):
    """One of the values, without order."""

    kind = "choice"


class Values(Listed):
    """One of the values, in their order: what a grid takes."""

    kind = "values"


KINDS: dict[str, type[Distribution]] = {
    kind.kind: kind for kind in (Uniform, LogUniform, Int, LogInt, Choice, Values)
}


def parse_distribution(raw: Any) -> Distribution:
    """`{log_uniform: [1e-4, 1], points: 5}` → LogUniform. Raises ValueError."""
    if isinstance(raw, Distribution):
        return raw
    if not isinstance(raw, Mapping):
        raise ValueError(f"a distribution looks like {{log_uniform: [1e-4, 1]}}, not {raw!r}")
    name = _only_kind(raw)
    given = raw[name]
    if issubclass(kind := KINDS[name], Range):
        if not isinstance(given, list | tuple) or len(given) != 2:
            raise ValueError(f"{name} takes [low, high], not {given!r}")
        return kind(low=given[0], high=given[1], points=raw.get("points"))
    if "points" in raw:
        raise ValueError(f"{name} lists its values and takes no `points`")
    return kind.model_validate({"values": given})


def _only_kind(raw: Mapping[Any, Any]) -> str:
    for key in raw:
        if key not in KINDS and key != "points":
            known = [*KINDS, "points"] if len(raw) > 1 else KINDS
            raise ValueError(f"no distribution {key!r}; {did_you_mean(str(key), known)}")
    kinds = [key for key in raw if key != "points"]
    if len(kinds) != 1:
        raise ValueError(f"name one distribution of {', '.join(KINDS)}; given: {kinds or 'none'}")
    return str(kinds[0])


class _AsDocument:
    """Validates and serialises a Distribution in the form a study writes it."""

    def __get_pydantic_core_schema__(
        self, source: type[Distribution], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            parse_distribution,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda distribution: distribution.document()
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        pair = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
        listed = {"type": "array", "minItems": 1}
        return {
            "type": "object",
            "oneOf": [{"required": [name]} for name in KINDS],
            "properties": {
                **{
                    name: pair if issubclass(kind, Range) else listed
                    for name, kind in KINDS.items()
                },
                "points": {"type": "integer", "minimum": 1},
            },
            "additionalProperties": False,
        }


AnyDistribution = Annotated[Distribution, _AsDocument()]
Space = dict[str, AnyDistribution]
SPACE: TypeAdapter[Space] = TypeAdapter(Space)


def point_at(space: Space, u: list[float]) -> Point:
    """The point whose i-th coordinate, in the space's order, is the quantile u[i]."""
    return {path: dist.at(q) for (path, dist), q in zip(space.items(), u, strict=True)}


def grid_points(space: Space) -> list[Point]:
    """Every combination, the last path changing fastest."""
    columns = [dist.grid() for dist in space.values()]
    return [dict(zip(space, row, strict=True)) for row in itertools.product(*columns)]
