"""The recipe: everything that decides one training run."""

import hashlib
import json
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

# Models become entries of the menu when their module is imported, which is before Recipe is made.
from trainer.recipe import autoencoder, text_models  # noqa: F401
from trainer.recipe.augment import Augment
from trainer.recipe.data import Data, Digits
from trainer.recipe.evaluation import Evaluation
from trainer.recipe.ingredient import Ingredient, Menu, Settings, when_extended
from trainer.recipe.installed import import_installed
from trainer.recipe.losses import CrossEntropy, Loss
from trainer.recipe.models import Mlp, Model
from trainer.recipe.optimizers import Optimizer, Sgd
from trainer.recipe.preprocess import None_, Preprocess
from trainer.recipe.pretraining import Pretraining
from trainer.recipe.schedules import Constant, Schedule
from trainer.recipe.snapshots import Snapshots
from trainer.recipe.split import Holdout, Split
from trainer.recipe.transfer import Transfer

import_installed()

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class EarlyStopping(Settings):
    """Stop when the objective has not improved by more than `min_delta` for `patience` epochs."""

    patience: int = Field(default=5, ge=1)
    min_delta: float = Field(default=0.0, ge=0.0)


class Recipe(Settings):
    """One training run. Same recipe, same machine: same losses, to the last bit, on a CPU.

    `seed` decides the initialisation; `data_seed` (default: `seed`) the split, the order of the
    samples and the dropout masks.
    """

    data: Annotated[Data, Menu("digits")] = Digits()
    split: Annotated[Split, Menu("holdout")] = Holdout()
    preprocess: Annotated[Preprocess, Menu("none")] = None_()
    augment: list[Annotated[Augment, Menu("flip")]] = Field(default=[], max_length=16)
    model: Annotated[Model, Menu("mlp")] = Mlp()
    loss: Annotated[Loss, Menu("cross_entropy")] = CrossEntropy()
    optimizer: Annotated[Optimizer, Menu("sgd")] = Sgd()
    schedule: Annotated[Schedule, Menu("constant")] = Constant()
    evaluation: Evaluation = Evaluation()
    transfer: Transfer | None = None
    pretraining: Pretraining | None = None
    epochs: int = Field(default=20, ge=1, le=100_000)
    batch_size: int = Field(default=64, ge=1, le=1_000_000)
    early_stopping: EarlyStopping | None = None
    snapshots: Snapshots | None = None
    seed: Seed = 0
    data_seed: Seed | None = None

    @field_validator("pretraining")
    @classmethod
    def _from_chance(
        cls, pretraining: Pretraining | None, others: ValidationInfo
    ) -> Pretraining | None:
        if pretraining is not None and others.data.get("transfer") is not None:
            raise ValueError("the weights of `transfer` are trained already; give one of the two")
        return pretraining

    def resolved_data_seed(self) -> int:
        """`data_seed`, or `seed` where none is given."""
        return self.seed if self.data_seed is None else self.data_seed

    def stack_key(self) -> str:
        """16 hex digits, equal for recipes that can be trained in one stack.

        It leaves out every setting that may be a per-trial scalar (see `Ingredient.per_trial`),
        the schedule, the length and the seed of the initialisation. Also the *recipe shape* that
        the checks of scope `shape` are judged once for.
        """
        parts: dict[str, Any] = {
            field: _shape(getattr(self, field))
            for field in ("data", "split", "preprocess", "model", "loss", "optimizer")
        }
        if self.augment:
            parts["augment"] = [_shape(each) for each in self.augment]
        if self.transfer is not None:
            parts["transfer"] = _shape(self.transfer)
        if self.pretraining is not None:
            parts["pretraining"] = _shape(self.pretraining)
        parts |= {"batch_size": self.batch_size, "data_seed": self.resolved_data_seed()}
        canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _remade(entry: type[Ingredient]) -> None:
    if issubclass(entry, Data | Model):
        Recipe.model_rebuild(force=True)


# A plugin's settings may be imported first and import us, before they are defined themselves.
when_extended(_remade)


def _shape(ingredient: Ingredient | Transfer | Pretraining) -> dict[str, Any]:
    shape = ingredient.model_dump(mode="json", exclude=set(ingredient.per_trial))
    inner = {key: getattr(ingredient, key) for key in shape}
    return shape | {key: _shape(i) for key, i in inner.items() if isinstance(i, Ingredient)}
