"""Learning-rate schedules that a recipe can name."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient


class Schedule(Ingredient):
    """Scales the optimizer's lr over the training; every setting may differ in a stack."""


class Constant(Schedule):
    """The lr as given, throughout."""

    name: Literal["constant"] = "constant"


class Step(Schedule):
    """Multiplied by `factor` at each of `at`, shares of the training (0.3 = after 30 %)."""

    name: Literal["step"] = "step"
    at: list[Annotated[float, Field(gt=0.0, lt=1.0)]] = Field(default=[0.3, 0.6, 0.9], min_length=1)
    factor: float = Field(default=0.1, gt=0.0, le=1.0)
    per_trial = frozenset({"at", "factor"})


class Cosine(Schedule):
    """½(1 + cos(πt/T)) of the lr at step t of T (Loshchilov and Hutter 2017, eq. 5, no restart)."""

    name: Literal["cosine"] = "cosine"
