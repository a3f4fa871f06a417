"""Every kind of ingredient and the folder its parts are found in.

A recipe's `model: {name: mlp}` is `Mlp` in `trainer/models/mlp.py`, made from its settings. Models
and data sets of a user come in as installed packages, by the entry points named here.
"""

from typing import Any

from diagnostics.parts import Folder
from trainer.recipe import Ingredient

KINDS = {
    "data": Folder("trainer.data", kind="data set", group="sitter.data"),
    "split": Folder("trainer.splits", kind="split"),
    "model": Folder("trainer.models", kind="model", group="sitter.models"),
    "loss": Folder("trainer.losses", kind="loss"),
    "optimizer": Folder("trainer.optimizers", kind="optimizer"),
    "schedule": Folder("trainer.schedules", kind="schedule"),
}


def part(kind: str, settings: Ingredient) -> Any:
    """The part that the settings name, made from them. Raises UnknownPart."""
    return KINDS[kind].load(settings.name)(settings)
