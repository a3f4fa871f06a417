"""Recipe paths: `optimizer.lr` names one setting of a recipe."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from diagnostics.parts import did_you_mean
from trainer.recipe.ingredient import Settings
from trainer.recipe.recipe import Recipe


class UnknownPath(ValueError):
    """No recipe of this kind has such a setting; the message names the nearest."""

    def __init__(self, path: str, known: list[str]) -> None:
        self.path = path
        self.message = f"the recipe has no setting {path!r}; {did_you_mean(path, known)}"
        super().__init__(self.message)


def known_paths(recipe: Recipe) -> list[str]:
    """Every path that this recipe's ingredients have: `epochs`, `model`, `model.hidden`, …"""
    return [path for path, _ in _walk(recipe, "")]


def get_path(recipe: Recipe, path: str) -> Any:
    """The setting's value. Raises UnknownPath."""
    for known, value in _walk(recipe, ""):
        if known == path:
            return value
    raise UnknownPath(path, known_paths(recipe))


def with_values(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """The recipe with these paths replaced, validated anew.

    Shorter paths are set first, so that `{"model": {...}, "model.hidden": [...]}` means what it
    says. Raises UnknownPath for a path whose parent is no section of the recipe, and pydantic's
    ValidationError for a value that the recipe refuses.
    """
    document = recipe.model_dump(mode="json")
    for path in sorted(values, key=lambda p: p.count(".")):
        *parents, leaf = path.split(".")
        section: Any = document
        for parent in parents:
            section = _inside(section, parent)
            if section is None:
                raise UnknownPath(path, known_paths(recipe))
        if isinstance(section, list) and _inside(section, leaf) is None:
            raise UnknownPath(path, known_paths(recipe))
        section[_key(section, leaf)] = deepcopy(values[path])  # a longer path may be set inside it
    return Recipe.model_validate(document)


def _inside(section: Any, key: str) -> Any:
    """The section or list under a key; None where there is none."""
    if isinstance(section, list) and not key.isdecimal():
        return None
    try:
        inner = section[_key(section, key)]
    except LookupError:
        return None
    return inner if isinstance(inner, dict | list) else None


def _key(section: Any, key: str) -> int | str:
    return int(key) if isinstance(section, list) else key


def _walk(settings: Settings, prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for field in type(settings).model_fields:
        value = getattr(settings, field)
        found.append((prefix + field, value))
        if isinstance(value, Settings):
            found += _walk(value, f"{prefix}{field}.")
        if isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, Settings):
                    found.append((f"{prefix}{field}.{index}", each))
                    found += _walk(each, f"{prefix}{field}.{index}.")
    return found
