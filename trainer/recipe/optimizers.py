"""Optimizers that a recipe can name."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from trainer.recipe.ingredient import Ingredient


class Optimizer(Ingredient):
    """Turns gradients into updates. `lr` is the learning rate that the schedule scales."""

    lr: float = Field(default=0.1, gt=0.0)
    weight_decay: float = Field(default=0.0, ge=0.0)


class Sgd(Optimizer):
    """SGD with momentum; `weight_decay` is L2 in the gradient (g + λw), as in torch."""

    name: Literal["sgd"] = "sgd"
    lr: float = Field(default=0.1, gt=0.0)
    momentum: float = Field(default=0.0, ge=0.0, lt=1.0)
    nesterov: bool = False
    per_trial = frozenset({"lr", "weight_decay", "momentum"})

    @field_validator("nesterov")
    @classmethod
    def _has_momentum(cls, nesterov: bool, others: ValidationInfo) -> bool:
        if nesterov and others.data.get("momentum") == 0.0:
            raise ValueError("nesterov needs a momentum above 0; 0.9 is usual")
        return nesterov


class Adamw(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2)."""

    name: Literal["adamw"] = "adamw"
    lr: float = Field(default=1e-3, gt=0.0)
    weight_decay: float = Field(default=1e-2, ge=0.0)
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    beta2: float = Field(default=0.999, ge=0.0, lt=1.0)
    eps: float = Field(default=1e-8, gt=0.0)
    per_trial = frozenset({"lr", "weight_decay", "beta1", "beta2", "eps"})
