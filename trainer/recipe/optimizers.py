"""Optimizers that a recipe can name."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from trainer.recipe.ingredient import Ingredient

LearningRate = Annotated[float, Field(gt=0.0)]
Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Positive = Annotated[float, Field(gt=0.0)]

SCALARS = frozenset({"lr", "weight_decay", "clip_norm", "clip_value"})


class Optimizer(Ingredient):
    """Turns gradients into updates. `lr` is the learning rate that the schedule scales.

    `weight_decay` is λ. `decay: l2` adds its gradient λw to that of the loss, so that momentum and
    adaptive step sizes act on it too; `decoupled` shrinks the weights by lr·λ of themselves before
    the step (Loshchilov and Hutter 2019, §2; without momentum the two are the same). `decay_all:
    false` leaves biases and the parameters of norms alone. Gradients are clipped before either:
    every number to ± `clip_value`, then all of them together to the norm `clip_norm`.
    """

    lr: LearningRate = 0.1
    weight_decay: float = Field(default=0.0, ge=0.0)
    decay: Literal["l2", "decoupled"] = "l2"
    decay_all: bool = True
    clip_norm: Positive | None = None
    clip_value: Positive | None = None
    per_trial = SCALARS


class Sgd(Optimizer):
    """w ← w − lr·g, with momentum where one is given."""

    name: Literal["sgd"] = "sgd"
    momentum: Share = 0.0
    nesterov: bool = False
    per_trial = SCALARS | {"momentum"}

    @field_validator("nesterov")
    @classmethod
    def _has_momentum(cls, nesterov: bool, others: ValidationInfo) -> bool:
        if nesterov and others.data.get("momentum") == 0.0:
            raise ValueError("nesterov needs a momentum above 0; 0.9 is usual")
        return nesterov


class Momentum(Optimizer):
    """SGD that keeps a share of its velocity (Polyak 1964): v ← μv + g; w ← w − lr·v."""

    name: Literal["momentum"] = "momentum"
    lr: LearningRate = 0.01
    momentum: Share = 0.9
    per_trial = SCALARS | {"momentum"}


class Nesterov(Optimizer):
    """Momentum whose gradient is taken a step ahead (Nesterov 1983; Sutskever et al. 2013)."""

    name: Literal["nesterov"] = "nesterov"
    lr: LearningRate = 0.01
    momentum: float = Field(default=0.9, gt=0.0, lt=1.0)
    per_trial = SCALARS | {"momentum"}


class Adagrad(Optimizer):
    """Each weight's lr falls with the sum of its squared gradients (Duchi et al. 2011)."""

    name: Literal["adagrad"] = "adagrad"
    lr: LearningRate = 0.01
    eps: Positive = 1e-10
    per_trial = SCALARS | {"eps"}


class Rmsprop(Optimizer):
    """Each weight's step over the moving root mean square of its gradients (Hinton 2012)."""

    name: Literal["rmsprop"] = "rmsprop"
    lr: LearningRate = 1e-3
    alpha: Share = 0.99
    eps: Positive = 1e-8
    per_trial = SCALARS | {"alpha", "eps"}


class Adam(Optimizer):
    """RMSprop with momentum, both corrected for their start at zero (Kingma and Ba 2015)."""

    name: Literal["adam"] = "adam"
    lr: LearningRate = 1e-3
    beta1: Share = 0.9
    beta2: Share = 0.999
    eps: Positive = 1e-8
    per_trial = SCALARS | {"beta1", "beta2", "eps"}


class Adamw(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2)."""

    name: Literal["adamw"] = "adamw"
    lr: LearningRate = 1e-3
    weight_decay: float = Field(default=1e-2, ge=0.0)
    decay: Literal["decoupled"] = "decoupled"
    beta1: Share = 0.9
    beta2: Share = 0.999
    eps: Positive = 1e-8
    per_trial = SCALARS | {"beta1", "beta2", "eps"}
