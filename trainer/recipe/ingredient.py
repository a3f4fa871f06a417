"""What every entry of the menu is: a frozen pydantic model picked by its `name`."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Settings(BaseModel):
    """Frozen; unknown keys and numbers that are not finite are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Ingredient(Settings):
    """One entry of a menu. Subclasses give `name: Literal["..."] = "..."` and their settings.

    `per_trial` names the settings that may differ between the trials of one stack; any other
    difference changes a shape or the code that runs, and so the stack key. `unstackable` says why
    one fused model cannot compute it for several trials; None where it can.
    """

    name: str
    per_trial: ClassVar[frozenset[str]] = frozenset()
    unstackable: ClassVar[str | None] = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """A new entry of a menu; whoever holds menus learns of it."""
        for remake in _extended:
            remake(cls)


_extended: list[Callable[[type[Ingredient]], None]] = []


def when_extended(remake: Callable[[type[Ingredient]], None]) -> None:
    """Call this with whatever new entry a menu gets."""
    _extended.append(remake)


Kind = TypeVar("Kind", bound=Ingredient)


def entries(kind: type[Kind]) -> dict[str, type[Kind]]:
    """The entries of a menu by name: the final subclasses of `kind` that are imported."""
    return {entry.model_fields["name"].default: entry for entry in _leaves(kind)}


class Menu:
    """Annotation for a field that takes one entry of a menu: `Annotated[Model, Menu("mlp")]`.

    The entry is picked by `name`, `default` where none is given; a bare string is short for
    `{name: string}`. The JSON Schema is a `oneOf` over the entries.
    """

    def __init__(self, default: str) -> None:
        self.default = default

    def __get_pydantic_core_schema__(
        self, source: type[Ingredient], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        choices = {name: handler.generate_schema(entry) for name, entry in entries(source).items()}
        union = core_schema.tagged_union_schema(choices, discriminator="name")
        return core_schema.no_info_before_validator_function(self._named, union)

    def _named(self, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict):
            return {"name": self.default, **value}
        if not isinstance(value, Ingredient):
            raise ValueError(f"takes a name or a section such as {{name: {self.default}}}")
        return value


def _leaves(kind: type[Kind]) -> Iterator[type[Kind]]:
    for entry in kind.__subclasses__():
        if isinstance(entry.model_fields["name"].default, str):
            yield entry
        yield from _leaves(entry)
