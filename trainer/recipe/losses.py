"""Losses that a recipe can name."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainer.form import Task
from trainer.recipe.ingredient import Ingredient
from trainer.recipe.problems import Problem

ClassWeight = Annotated[float, Field(gt=0.0, le=1e6)]
FITTING = {
    "classification": "cross_entropy",
    "segmentation": "cross_entropy or dice",
    "regression": "mse",
}
PICKS = "which of a batch's samples it compares depends on the trial, so it fits no fused model"


class Loss(Ingredient):
    """What training minimises; weight decay is the optimizer's and not part of it.

    `soft_targets`: takes shares of the classes, as mixup makes them. `scores`: accuracy by the
    largest output has a meaning where there are classes. `probabilities`: softmax of the outputs
    says how likely the classes are. `embeds`: the model puts out an embedding, not the classes.
    """

    tasks: ClassVar[frozenset[Task]] = frozenset({"classification", "segmentation"})
    soft_targets: ClassVar[bool] = True
    scores: ClassVar[bool] = True
    probabilities: ClassVar[bool] = True
    embeds: ClassVar[bool] = False


class CrossEntropy(Loss):
    """Softmax cross entropy on logits, with label smoothing (Szegedy et al. 2016, §7).

    `class_weights`: one for each class, where some are rare or matter more.
    """

    name: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=1.0)
    class_weights: list[ClassWeight] | None = Field(default=None, min_length=2, max_length=10_000)
    per_trial = frozenset({"label_smoothing"})


class BinaryCrossEntropy(Loss):
    """Sigmoid cross entropy of each class against all others, on logits.

    `pos_weight` makes a missed class cost so many times a false alarm.
    """

    name: Literal["binary_cross_entropy"] = "binary_cross_entropy"
    pos_weight: float = Field(default=1.0, gt=0.0, le=1e6)
    probabilities = False
    per_trial = frozenset({"pos_weight"})


class Mse(Loss):
    """Mean squared error; labels count as 1 for their class and 0 for the others."""

    name: Literal["mse"] = "mse"
    tasks = frozenset({"classification", "segmentation", "regression"})
    probabilities = False


class Dice(Loss):
    """1 − the overlap of predicted and true masks (Milletari et al. 2016, §3).

    `smooth` is added above and below, in pixels; `cross_entropy` weighs that loss, added to this.
    """

    name: Literal["dice"] = "dice"
    smooth: float = Field(default=1.0, gt=0.0, le=1e6)
    cross_entropy: float = Field(default=0.0, ge=0.0, le=1e6)
    tasks = frozenset({"segmentation"})
    per_trial = frozenset({"smooth", "cross_entropy"})


class Embedding(Loss):
    """The model puts out `dimensions` numbers, near for one class and far for two.

    Accuracy is recall@1: the share of samples whose nearest neighbour is of their class.
    """

    dimensions: int = Field(default=32, ge=2, le=4096)
    tasks = frozenset({"classification"})
    soft_targets = False
    scores = False
    probabilities = False
    embeds = True


class Contrastive(Embedding):
    """Pairs: one class nearer than `pos_margin`, two classes `neg_margin` apart (Hadsell 2006).

    Distances are of embeddings scaled to length 1, so 2 is the largest there is.
    """

    name: Literal["contrastive"] = "contrastive"
    pos_margin: float = Field(default=0.0, ge=0.0, le=2.0)
    neg_margin: float = Field(default=1.0, gt=0.0, le=2.0)
    unstackable: ClassVar[str | None] = PICKS


class Triplet(Embedding):
    """Nearer to one's own class than to another by `margin` (Schroff et al. 2015, eq. 1).

    Of the triplets that miss the margin, `miner` keeps `all`, the `hard` (the other class is the
    nearer one) or the `semihard` (it is not). Distances are of embeddings scaled to length 1.
    """

    name: Literal["triplet"] = "triplet"
    margin: float = Field(default=0.2, gt=0.0, le=2.0)
    miner: Literal["all", "hard", "semihard"] = "all"
    unstackable: ClassVar[str | None] = PICKS


class Center(Embedding):
    """Softmax cross entropy and, times `weight`, the distance to one's class centre (Wen 2016)."""

    name: Literal["center"] = "center"
    weight: float = Field(default=0.1, ge=0.0, le=1e3)
    per_trial = frozenset({"weight"})


class Arcface(Embedding):
    """Softmax over `scale` · cosines, with `margin` degrees added to one's own (Deng 2019)."""

    name: Literal["arcface"] = "arcface"
    margin: float = Field(default=28.6, ge=0.0, lt=90.0)
    scale: float = Field(default=64.0, gt=0.0, le=1e4)
    per_trial = frozenset({"margin", "scale"})


def misfit(loss: Loss, task: Task) -> Problem | None:
    """Why the loss is not for data of this task; `field` is the recipe's path."""
    if task in loss.tasks:
        return None
    return Problem("loss.name", loss.name, f"is not for {task}; take {FITTING[task]}")
