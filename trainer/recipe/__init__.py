"""The menu: settings of every ingredient and the space they are searched over. No torch here."""

from trainer.recipe.diagnostics import Diagnostics
from trainer.recipe.ingredient import Ingredient, Menu, Settings, entries
from trainer.recipe.objective import Objective
from trainer.recipe.paths import UnknownPath, get_path, known_paths, with_values
from trainer.recipe.problems import Problem, problems
from trainer.recipe.recipe import EarlyStopping, Recipe
from trainer.recipe.space import (
    Distribution,
    Point,
    Space,
    grid_points,
    parse_distribution,
    point_at,
)

__all__ = [
    "Diagnostics",
    "Distribution",
    "EarlyStopping",
    "Ingredient",
    "Menu",
    "Objective",
    "Point",
    "Problem",
    "Recipe",
    "Settings",
    "Space",
    "UnknownPath",
    "entries",
    "get_path",
    "grid_points",
    "known_paths",
    "parse_distribution",
    "point_at",
    "problems",
    "with_values",
]
