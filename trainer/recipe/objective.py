"""What a study optimises: a metric of the validation or training, and its direction."""

from typing import Literal, Self

from pydantic import model_validator

from trainer.recipe.ingredient import Settings

Metric = Literal["val_accuracy", "val_loss", "train_accuracy", "train_loss"]
Direction = Literal["maximize", "minimize"]


def natural_direction(metric: str) -> Direction:
    """Losses are minimised, accuracies maximised."""
    return "minimize" if metric.endswith("loss") else "maximize"


class Objective(Settings):
    """The metric that decides which epoch and which trial is best; `direction` follows from it."""

    metric: Metric = "val_accuracy"
    direction: Direction = "maximize"

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
