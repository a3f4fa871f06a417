"""Many trials at once, from the first epoch of the first to the last epoch of the last.

    for number, event in train_many(recipes):
        print(number, event)

Each trial's numbers are those of the single loop, but for rounding. Trials end at the boundaries of
epochs, each at its own, and the others go on without them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from trainer.errors import BadRecipe
from trainer.events import Event
from trainer.recipe import Diagnostics, Objective, Point, Recipe, with_values
from trainer.stack.fusion import DIAGNOSTICS, OBJECTIVE, Fusion, Told
from trainer.stack.progress import shown


def train_many(
    recipes: Recipe | Sequence[Recipe],
    points: Sequence[Point] | None = None,
    *,
    device: str = "cpu",
    folder: str | Path = "data",
    diagnostics: Diagnostics = DIAGNOSTICS,
    objective: Objective = OBJECTIVE,
    preflight: bool = True,
    reference_subset: bool = False,
    first_data_epoch: int = 0,
    by: str | None = None,
    progress: bool = False,
) -> Iterator[tuple[int, Event]]:
    """Train recipes of one stack key, or a recipe at several points, as one model.

    Gives (number of the recipe or point, event); each trial's events are those of `trainer.run`,
    and so are the arguments. `preflight` measures the first trial alone, since it holds for all.
    `EpochEnded.seconds` is a trial's share of the stack's. `by` is the engine to prefer (see
    trainer.stack.engines), None: the lowered. `progress` shows a bar.

    Raises NotStackable where they cannot be trained together, and what `trainer.run` raises.
    """
    chosen = [recipes] if isinstance(recipes, Recipe) else list(recipes)
    if points is not None:
        chosen = [with_values(recipe, point) for recipe in chosen for point in points]
    if not chosen:
        raise BadRecipe("recipes", [], "there is nothing to train; give at least one")
    fusion = Fusion(
        chosen[0],
        device=device,
        folder=folder,
        diagnostics=diagnostics,
        objective=objective,
        reference_subset=reference_subset,
        data_epoch=first_data_epoch,
        by=by,
    )
    told = _told(fusion, chosen, preflight)
    yield from shown(told, chosen, objective) if progress else told


def _told(fusion: Fusion, recipes: Sequence[Recipe], preflight: bool) -> Told:
    trials = {number: fusion.trial(recipe) for number, recipe in enumerate(recipes)}
    yield from ((number, trial.started(fusion.data_epoch)) for number, trial in trials.items())
    if preflight:
        yield from ((0, event) for event in trials[0].preflight())
        if trials[0].over:
            yield from ((0, event) for event in trials[0].end())
    fusion.join(trials)
    while fusion.trials:
        yield from fusion.epoch()
