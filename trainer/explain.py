"""What a recipe comes to, before anything is trained. No torch here."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from trainer.menu import part
from trainer.recipe import Ingredient, Recipe, Space, get_path, known_paths, with_values
from trainer.recipe.pretraining import Pretraining
from trainer.recipe.transfer import Transfer
from trainer.schedules import factor

UNKNOWN_STEPS = 1000  # an epoch's, where the data is not known; lr hardly depends on it


@dataclass(frozen=True)
class Unstackable:
    """An ingredient that no stack of trials can share, and why."""

    path: str
    name: str
    reason: str


def steps_per_epoch(recipe: Recipe, samples: int) -> int:
    """The last batch may be smaller."""
    return ceil(samples / recipe.batch_size)


def lr_course(recipe: Recipe, samples: int | None) -> dict[str, float]:
    """The learning rate in the first step, halfway and in the last step, as scheduled.

    A schedule that waits for the validation loss is taken to wait throughout.
    """
    steps = UNKNOWN_STEPS if samples is None else steps_per_epoch(recipe, samples)
    total = recipe.epochs * steps
    schedule = part("schedule", recipe.schedule)
    moments = {"start": 0, "middle": total // 2, "end": total - 1}
    return {name: recipe.optimizer.lr * factor(schedule, t, total) for name, t in moments.items()}


def unstackable(recipe: Recipe) -> list[Unstackable]:
    """In the recipe's order; empty where trials can be trained together."""
    parts = ((path, get_path(recipe, path)) for path in known_paths(recipe))
    return [
        Unstackable(path, getattr(each, "name", path), each.unstackable)
        for path, each in parts
        if isinstance(each, Ingredient | Pretraining | Transfer) and each.unstackable is not None
    ]


def dividing(recipe: Recipe, space: Space) -> list[str]:
    """Searched paths whose values cannot share a stack: they change a shape or the data.

    A study's trials have one data seed, whatever their seeds.
    """
    recipe = recipe.model_copy(update={"data_seed": recipe.resolved_data_seed()})
    return [path for path, found in space.items() if len(_keys(recipe, path, found.edges())) > 1]


def _keys(recipe: Recipe, path: str, values: list[object]) -> set[str]:
    return {with_values(recipe, {path: value}).stack_key() for value in values}


def warnings(recipe: Recipe, samples: int | None) -> list[str]:
    """What is allowed and hardly meant; `samples` are those that train, where known."""
    return [*_of_batches(recipe, samples), *_of_length(recipe)]


def _of_batches(recipe: Recipe, samples: int | None) -> Iterator[str]:
    if samples is None:
        return
    if recipe.batch_size > samples:
        yield (
            f"batch_size {recipe.batch_size} is more than the {samples} training samples: "
            f"an epoch is one step with all of them. Give {samples} or fewer."
        )
    norms = [path for path in known_paths(recipe) if path.endswith("norm.name")]
    batch = [name for path in norms if (name := get_path(recipe, path)).startswith("batch")]
    if batch and samples % recipe.batch_size == 1:
        yield (
            f"The last batch of an epoch has one sample, of which {batch[0]} norm can take no "
            f"variance. Give another batch_size than {recipe.batch_size}."
        )


def _of_length(recipe: Recipe) -> Iterator[str]:
    rule = recipe.early_stopping
    if rule is not None and rule.patience >= recipe.epochs:
        yield (
            f"early_stopping.patience {rule.patience} never stops a run of {recipe.epochs} epochs. "
            "Give fewer, or more epochs."
        )
