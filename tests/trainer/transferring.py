"""A run on digits whose weights others begin with."""

from functools import cache
from typing import Any

from trainer.checkpoint import Checkpoint
from trainer.events import Ended, Event
from trainer.form import Form
from trainer.loop import run
from trainer.recipe import Recipe

MLP = {"name": "mlp", "hidden": [16, 12], "norm": "batch", "dropout": 0.2}
BASE: dict[str, Any] = {"model": MLP, "optimizer": {"lr": 0.1, "momentum": 0.9}, "epochs": 2}
FORM = Form((1, 8, 8), 10)


def recipe(**settings: Any) -> Recipe:
    return Recipe.model_validate(BASE | settings)


@cache
def checkpoint(norm: str = "batch", preprocess: str = "none") -> Checkpoint:
    """Of a run on digits."""
    settings = {"model": MLP | {"norm": norm}, "preprocess": preprocess}
    return ended(list(run(recipe(**settings), preflight=False)))


def ended(events: list[Event]) -> Checkpoint:
    assert isinstance(events[-1], Ended)
    assert events[-1].checkpoint is not None
    return events[-1].checkpoint
