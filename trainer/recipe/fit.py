"""What in a recipe does not go together, so that it is told before anything is trained."""

from trainer.form import Task
from trainer.recipe import evaluation, losses, objective, pretraining
from trainer.recipe.objective import Objective
from trainer.recipe.problems import Problem
from trainer.recipe.recipe import Recipe


def misfits(recipe: Recipe, aim: Objective, task: Task | None = None) -> list[Problem]:
    """Loss, evaluation, augmentation and objective against each other and the data's task.

    Fields are paths. `task` is what the data turned out to be; without it, what the recipe says
    of it counts.
    """
    task = task or known_task(recipe)
    found = (
        None if task is None else losses.misfit(recipe.loss, task),
        evaluation.misfit(recipe.evaluation, recipe.loss, task),
        objective.problem(aim, recipe, task),
        pretraining.misfit(recipe.pretraining, recipe.model),
        _mixing(recipe),
    )
    return [problem for problem in found if problem is not None]


def known_task(recipe: Recipe) -> Task | None:
    """The task, where the recipe alone decides it."""
    if recipe.model.reconstructs:
        return "regression"
    stated: Task | None = getattr(recipe.data, "task", None)
    return recipe.data.always or stated


def _mixing(recipe: Recipe) -> Problem | None:
    """Targets that are shares of classes, for a loss that takes whole ones only."""
    for number, each in enumerate(recipe.augment):
        if each.mixes and not recipe.loss.soft_targets:
            message = (
                f"makes shares of classes, which {recipe.loss.name} does not take; "
                "leave it out, or take cross_entropy"
            )
            return Problem(f"augment.{number}", each.name, message)
    return None
