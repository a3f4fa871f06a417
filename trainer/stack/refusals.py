"""What cannot be trained as one model, and why."""

from trainer.errors import NotStackable
from trainer.explain import unstackable
from trainer.recipe import Recipe, Settings, get_path, known_paths, with_values


class Gate:
    """Lets in recipes that can be trained together with the first one.

    Raises NotStackable where that one shares a stack with no other.
    """

    def __init__(self, first: Recipe) -> None:
        self._first, self._key = first, first.stack_key()
        self._known: set[tuple[str, ...]] = set()
        self.check(first)

    def check(self, recipe: Recipe) -> None:
        """Raises NotStackable, naming what is in the way."""
        if recipe.stack_key() != self._key:
            _beside(self._first, recipe)
        # Recipes of one stack key have the same ingredients, but for these.
        kind = recipe.schedule.name, *(metric.name for metric in recipe.evaluation.metrics)
        if kind not in self._known:
            _alone(recipe)
            self._known.add(kind)


def _alone(recipe: Recipe) -> None:
    for found in unstackable(recipe):
        raise NotStackable(found.path, found.name, found.reason)


def _beside(first: Recipe, other: Recipe) -> None:
    """Names the first setting that makes another stack key of the first recipe's."""
    shared = [path for path in known_paths(other) if path in known_paths(first)]
    for path in shared:
        values = [get_path(recipe, path) for recipe in (first, other)]
        if not isinstance(values[1], Settings) and _divides(first, other, path):
            reason = "what differs here has other shapes, other code or other data"
            raise NotStackable(path, values, reason)
    keys = [recipe.stack_key() for recipe in (first, other)]
    raise NotStackable("recipes", keys, "they have different stack keys")


def _divides(first: Recipe, other: Recipe, path: str) -> bool:
    """A section is changed as a whole where its name is another."""
    if get_path(other, path) == get_path(first, path):
        return False
    section = path.removesuffix(".name")
    value = other.model_dump(mode="json")
    for key in section.split("."):
        value = value[int(key) if isinstance(value, list) else key]
    return with_values(first, {section: value}).stack_key() != first.stack_key()
