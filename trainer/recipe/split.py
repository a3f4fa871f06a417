"""How the data is divided into what trains and what judges."""

from typing import Literal

from pydantic import Field

from trainer.recipe.ingredient import Ingredient


class Split(Ingredient):
    """Fixed by `data_seed`, so that every trial of a study is judged on the same samples."""


class Holdout(Split):
    """One stratified split; `validation` is the share of each class that is held out.

    `shuffled: false` holds out the last samples of the set, in its own order, whatever their
    classes. With `labels_per_class` only so many samples of each class are trained on; pretraining
    may use the inputs of the others.
    """

    name: Literal["holdout"] = "holdout"
    validation: float = Field(default=0.2, gt=0.0, lt=1.0)
    shuffled: bool = True
    labels_per_class: int | None = Field(default=None, ge=1, le=1_000_000)


SEVERAL = "each trial is several models, whose epochs wait for each other"


class KFold(Split):
    """Stratified k-fold cross-validation: every sample judges once (Stone 1974).

    One model is trained for each fold, epoch by epoch beside the others; losses and scores of an
    epoch are the means over the folds, and each fold's own are shown beside them.
    """

    name: Literal["k_fold"] = "k_fold"
    folds: int = Field(default=5, ge=2, le=100)
    unstackable = SEVERAL


class Bootstrap(Split):
    """Models of samples drawn with replacement, each judged by those not drawn (Efron 1979).

    Scores are means over the `resamples`; `val_accuracy_low` and `_high` hold `confidence` of them
    (percentile interval; Efron and Tibshirani 1993, §13.3).
    """

    name: Literal["bootstrap"] = "bootstrap"
    resamples: int = Field(default=10, ge=2, le=1_000)
    confidence: float = Field(default=0.95, gt=0.0, lt=1.0)
    unstackable = SEVERAL
