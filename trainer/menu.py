"""Every kind of ingredient: its settings, and the folder its parts are found in.

A recipe's `model: {name: mlp}` is `Mlp` in `trainer/models/mlp.py`, made from its settings. Models
and data sets of a user come in as installed packages, by the entry points named here.
"""

from typing import Any

from diagnostics.parts import Folder
from trainer.recipe import Ingredient
from trainer.recipe.augment import Augment
from trainer.recipe.data import Data
from trainer.recipe.evaluation import Metric
from trainer.recipe.layers import Activation, Init, Norm
from trainer.recipe.losses import Loss
from trainer.recipe.models import Model
from trainer.recipe.optimizers import Optimizer
from trainer.recipe.preprocess import Preprocess
from trainer.recipe.schedules import Schedule
from trainer.recipe.split import Split

KINDS = {
    "data": Folder("trainer.data", kind="data set", group="sitter.data"),
    "split": Folder("trainer.splits", kind="split"),
    "preprocess": Folder("trainer.preprocess", kind="preprocessing"),
    "augment": Folder("trainer.augment", kind="augmentation"),
    "model": Folder("trainer.models", kind="model", group="sitter.models"),
    "activation": Folder("trainer.layers.activations", kind="activation"),
    "norm": Folder("trainer.layers.norms", kind="norm"),
    "init": Folder("trainer.layers.inits", kind="initialisation"),
    "loss": Folder("trainer.losses", kind="loss"),
    "optimizer": Folder("trainer.optimizers", kind="optimizer"),
    "schedule": Folder("trainer.schedules", kind="schedule"),
    "metric": Folder("trainer.metrics", kind="metric"),
}
SETTINGS: dict[str, type[Ingredient]] = {
    "data": Data,
    "split": Split,
    "preprocess": Preprocess,
    "augment": Augment,
    "model": Model,
    "activation": Activation,
    "norm": Norm,
    "init": Init,
    "loss": Loss,
    "optimizer": Optimizer,
    "schedule": Schedule,
    "metric": Metric,
}


def part(kind: str, settings: Ingredient) -> Any:
    """The part that the settings name, made from them. Raises UnknownPart."""
    return KINDS[kind].load(settings.name)(settings)
