"""What is measured on the validation set after each epoch, beside loss and accuracy."""

from typing import Annotated, Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient, Menu, Settings


class Metric(Ingredient):
    """A score of all validation samples at once; reported as the signal `val_<name>`."""


class TopK(Metric):
    """Share of samples whose class is among the `k` most likely; k = 1 is accuracy."""

    name: Literal["top_k"] = "top_k"
    k: int = Field(default=5, ge=1, le=10_000)


class Evaluation(Settings):
    """`metrics` beyond loss and accuracy, by their names or sections."""

    metrics: list[Annotated[Metric, Menu("top_k")]] = Field(default=[], max_length=16)
