"""Learning-rate schedules that a recipe can name."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient

Divisor = Annotated[float, Field(ge=1.0)]
Factor = Annotated[float, Field(gt=0.0, le=1.0)]


class Schedule(Ingredient):
    """Scales the optimizer's lr over the training; every setting may differ in a stack.

    `warmup` is the share of the training in which lr first rises, linearly from zero (Goyal et al.
    2017, §2.2); the rest of the schedule then runs over what is left of the training.
    """

    warmup: float = Field(default=0.0, ge=0.0, lt=1.0)
    per_trial = frozenset({"warmup"})


class Constant(Schedule):
    """The lr as given, throughout."""

    name: Literal["constant"] = "constant"


class Step(Schedule):
    """Multiplied by `factor` at each of `at`, shares of the training (0.3 = after 30 %)."""

    name: Literal["step"] = "step"
    at: list[Annotated[float, Field(gt=0.0, lt=1.0)]] = Field(default=[0.3, 0.6, 0.9], min_length=1)
    factor: Factor = 0.1
    per_trial = frozenset({"warmup", "at", "factor"})


class Exponential(Schedule):
    """By the same factor in every step, down to `final` of the lr."""

    name: Literal["exponential"] = "exponential"
    final: Factor = 0.01
    per_trial = frozenset({"warmup", "final"})


class Linear(Schedule):
    """By the same amount in every step, down to `final` of the lr."""

    name: Literal["linear"] = "linear"
    final: float = Field(default=0.0, ge=0.0, le=1.0)
    per_trial = frozenset({"warmup", "final"})


class Cosine(Schedule):
    """½(1 + cos(πt/T)) of the lr at step t of T (Loshchilov and Hutter 2017, eq. 5, no restart)."""

    name: Literal["cosine"] = "cosine"


class InverseSqrt(Schedule):
    """√(w/t) of the lr at step t, w the steps of the warm-up (Vaswani et al. 2017, §5.3).

    The paper's warm-up is 4,000 of 100,000 steps.
    """

    name: Literal["inverse_sqrt"] = "inverse_sqrt"
    warmup: float = Field(default=0.04, gt=0.0, lt=1.0)


class OneCycle(Schedule):
    """From lr / `start_divisor` up to lr at the share `peak`, then down to lr / `end_divisor`.

    Smith 2018, §3: the rise is a warm-up of its own. `anneal` is the form of both slopes; Smith's
    are linear.
    """

    name: Literal["one_cycle"] = "one_cycle"
    peak: float = Field(default=0.3, gt=0.0, lt=1.0)
    start_divisor: Divisor = 25.0
    end_divisor: Divisor = 1e4
    anneal: Literal["cosine", "linear"] = "cosine"
    per_trial = frozenset({"warmup", "peak", "start_divisor", "end_divisor", "anneal"})


class ReduceOnPlateau(Schedule):
    """Multiplied by `factor` after more than `patience` epochs without a better validation loss.

    Better is lower than the best so far by more than `min_delta`.
    """

    name: Literal["reduce_on_plateau"] = "reduce_on_plateau"
    factor: float = Field(default=0.1, gt=0.0, lt=1.0)
    patience: int = Field(default=10, ge=0)
    min_delta: float = Field(default=1e-4, ge=0.0)
    per_trial = frozenset({"warmup", "factor", "patience", "min_delta"})
