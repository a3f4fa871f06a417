"""What a study optimises: a metric of the validation or training, and its direction."""

import re
from typing import Literal, Self, get_args

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from diagnostics.parts import did_you_mean, nearest
from trainer.form import Task
from trainer.recipe.evaluation import Metric as Measured
from trainer.recipe.evaluation import names, signal
from trainer.recipe.ingredient import Settings, entries
from trainer.recipe.problems import Problem
from trainer.recipe.recipe import Recipe

Metric = Literal["val_accuracy", "val_loss", "train_accuracy", "train_loss"]  # always measured
Direction = Literal["maximize", "minimize"]
ALWAYS: tuple[str, ...] = get_args(Metric)


def known_metrics() -> list[str]:
    """What can be an objective: what is always measured, and each metric with its defaults."""
    kinds = entries(Measured).values()
    return [
        *ALWAYS,
        *(signal(kind.model_validate({})) for kind in kinds if kind.direction is not None),
    ]


def natural_direction(metric: str) -> Direction:
    """Losses and errors are minimised, accuracies and other scores maximised."""
    kind = _kind(metric)
    if kind is not None and kind.direction is not None:
        return kind.direction
    return "minimize" if metric.endswith("loss") else "maximize"


class Objective(Settings):
    """The metric that decides which epoch and which trial is best; `direction` follows from it.

    Beside loss and accuracy it may be what the recipe's `evaluation.metrics` measure: val_top_5.
    """

    metric: str = Field(default="val_accuracy", max_length=64, examples=known_metrics())
    direction: Direction = "maximize"

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        kind = _kind(metric)
        if metric not in ALWAYS and kind is None:
            known = known_metrics()
            close = [name for name in known if name.startswith(metric)] or known
            message = f"no metric is called {metric!r}; {did_you_mean(metric, close)}"
            expected = ", ".join(map(repr, close))  # where problems() looks for the nearest
            raise PydanticCustomError(
                "literal_error", "{message}", {"message": message, "expected": expected}
            )
        if kind is not None and kind.direction is None:
            raise ValueError(f"neither a high nor a low {metric} is better; take val_accuracy")
        return metric

    @model_validator(mode="before")
    @classmethod
    def _default_direction(cls, raw: object) -> object:
        if isinstance(raw, dict) and "direction" not in raw and isinstance(raw.get("metric"), str):
            return {**raw, "direction": natural_direction(raw["metric"])}
        return raw

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.direction != natural_direction(self.metric):
            raise ValueError(
                f"{self.metric} is one to {natural_direction(self.metric)}, not to {self.direction}"
            )
        return self


def problem(objective: Objective, recipe: Recipe, task: Task | None = None) -> Problem | None:
    """Why this recipe never gives the objective; `task` is its data's, None where not known yet."""
    metric, measured = objective.metric, names(recipe.evaluation)
    if metric not in ALWAYS and metric not in measured:
        known = [*ALWAYS, *measured]
        message = "the recipe does not measure it; add it to evaluation.metrics or take one of "
        return _problem(metric, message + ", ".join(known), tuple(nearest(metric, known)))
    if metric.endswith("accuracy") and task == "regression":
        instead = f"{metric.removesuffix('accuracy')}loss"
        return _problem(metric, f"regression has no accuracy; take {instead}", (instead,))
    return None


def _problem(metric: str, message: str, close: tuple[str, ...]) -> Problem:
    return Problem("objective.metric", metric, message, close)


def _kind(metric: str) -> type[Measured] | None:
    """The kind of metric that is reported by such a name, whatever its settings."""
    for kind in entries(Measured).values():
        if re.fullmatch(_pattern(kind), metric):
            return kind
    return None


def _pattern(kind: type[Measured]) -> str:
    """A regular expression of the signals it can have: its settings are numbers or Literals."""

    def values(setting: re.Match[str]) -> str:
        annotation = kind.model_fields[setting[1]].annotation
        return r"[1-9]\d*" if annotation is int else f"({'|'.join(get_args(annotation))})"

    return re.sub(r"\{(\w+)\}", values, kind.signal)
