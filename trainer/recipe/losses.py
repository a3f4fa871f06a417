"""Losses that a recipe can name."""

from typing import Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient


class Loss(Ingredient):
    """What training minimises; weight decay is the optimizer's and not part of it."""


class CrossEntropy(Loss):
    """Softmax cross entropy on logits, with label smoothing (Szegedy et al. 2016, §7)."""

    name: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=1.0)
    per_trial = frozenset({"label_smoothing"})
