"""What is trained: five networks, each as a recipe of ours and as data for its rivals.

Every contender trains on the same samples in batches of the same size, for as many epochs, with
SGD, momentum 0.9, weight decay and a cosine; each evaluates after every epoch. Their numbers of
trials differ, and times are counted by the trial.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from service.study import StudyDocument
from trainer.menu import part
from trainer.recipe import Recipe
from trainer.setup import prepare

MOMENTUM = 0.9
LR, WEIGHT_DECAY = "optimizer.lr", "optimizer.weight_decay"
SPACE = {LR: {"log_uniform": [1e-4, 1.0]}, WEIGHT_DECAY: {"log_uniform": [1e-6, 1e-1]}}
DATA = Path(__file__).parents[3] / "shared" / "data"  # where MNIST's files are
MNIST10K = {  # the test files of MNIST; the last 2,000 of its 10,000 digits judge
    "data": {
        "name": "idx",
        "images": "t10k-images-idx3-ubyte.gz",
        "labels": "t10k-labels-idx1-ubyte.gz",
    },
    "split": {"name": "holdout", "validation": 0.2, "shuffled": False},
}


@dataclass(frozen=True)
class Point:
    """A trial's scalars."""

    lr: float
    weight_decay: float


@dataclass(frozen=True)
class Samples:
    """Training inputs [N, ...] and labels [N], and those that judge."""

    inputs: Tensor
    labels: Tensor
    val_inputs: Tensor
    val_labels: Tensor


@dataclass(frozen=True)
class Aims:
    """How many times faster than B0, and than the better of B1 and B2, ours is to be.

    `over_b0` None: nothing is aimed at. From issue 4, for 2 cores.
    """

    over_b0: float | None
    over_best: float


@dataclass(frozen=True)
class Case:
    """`network` is bench.fusion.networks' name for what `recipe` calls its model.

    `trials` of one round by contender. `compiles`: compilation takes seconds, not minutes, so that
    the compiled rival takes part.
    """

    name: str
    title: str
    network: str
    recipe: Mapping[str, Any]
    epochs: int
    trials: Mapping[str, int]
    aims: Aims
    compiles: bool = False
    batch_size: int = field(default=64, init=False)

    def shortened(self, trials: int | None, epochs: int | None) -> "Case":
        """At most so many trials and epochs, to see that it runs."""
        most = self.epochs if epochs is None else min(epochs, self.epochs)
        counts = {who: n if trials is None else min(n, trials) for who, n in self.trials.items()}
        return replace(self, trials=counts, epochs=most)

    def study(self) -> dict[str, Any]:
        """As submitted. No verdict ends a trial, so that nobody is fast by not training."""
        optimizer = {"name": "sgd", "momentum": MOMENTUM}
        training = {"optimizer": optimizer, "schedule": "cosine", "batch_size": self.batch_size}
        return {
            "name": self.name,
            "recipe": {**self.recipe, **training, "epochs": self.epochs},
            "space": SPACE,
            "strategy": {"name": "random", "seed": 0},
            "trials": self.trials["ours"],
            "diagnostics": {"stop_on": "never"},
        }

    def points(self, number: int) -> list[Point]:
        """The first of those that the study will draw."""
        document = StudyDocument.parse(self.study())
        found = document.strategy.propose(document.space, range(number), [], "maximize")
        return [Point(lr=point[LR], weight_decay=point[WEIGHT_DECAY]) for point in found]

    def samples(self, folder: Path) -> Samples:
        """Split and preprocessed as the recipe says."""
        recipe = Recipe.model_validate(self.study()["recipe"])
        everything = part("data", recipe.data).load(folder)
        fold = part("split", recipe.split).folds(everything, recipe.resolved_data_seed())[0]
        ready = prepare(recipe, fold, "cpu")
        train, judge = ready.train, ready.validation
        return Samples(train.inputs, train.targets, judge.inputs, judge.targets)


CASES = {
    case.name: case
    for case in (
        Case(
            name="digits",
            title="MLP 64-64-10 on digits",
            network="mlp",
            recipe={"data": "digits", "model": {"name": "mlp", "hidden": [64]}},
            epochs=20,
            trials={"b0": 8, "b1": 32, "b2": 64, "compiled": 64, "ours": 256},
            aims=Aims(over_b0=60, over_best=10),
            compiles=True,
        ),
        Case(
            name="blobs",
            title="MLP 20-32-32-2 on two clouds in 20 dimensions",
            network="mlp",
            recipe={
                "data": {
                    "name": "blobs", "samples": 2000, "classes": 2, "features": 20, "noise": 10.0,
                },
                "preprocess": "standardise",
                "model": {"name": "mlp", "hidden": [32, 32]},
            },
            epochs=20,
            trials={"b0": 8, "b1": 32, "b2": 64, "compiled": 64, "ours": 256},
            aims=Aims(over_b0=60, over_best=10),
            compiles=True,
        ),
        Case(
            name="mnist_mlp",
            title="MLP 784-128-128-10 on mnist10k",
            network="mlp",
            recipe={**MNIST10K, "model": {"name": "mlp", "hidden": [128, 128]}},
            epochs=2,
            trials={"b0": 4, "b1": 16, "b2": 32, "compiled": 32, "ours": 64},
            aims=Aims(over_b0=None, over_best=1.4),
            compiles=True,
        ),
        Case(
            name="lenet5",
            title="LeNet-5 on mnist10k",
            network="lenet5",
            recipe={**MNIST10K, "model": "lenet5"},
            epochs=1,
            trials={"b0": 4, "b1": 4, "b2": 8, "ours": 16},
            aims=Aims(over_b0=1.8, over_best=1.0),
        ),
        Case(
            name="resnet20",
            title="ResNet-20 on digits, 8×8 pixels",
            network="resnet20",
            recipe={"data": "digits", "model": {"name": "resnet", "depth": 20}},
            epochs=2,
            trials={"b0": 4, "b1": 4, "b2": 8, "ours": 16},
            aims=Aims(over_b0=1.8, over_best=1.0),
        ),
    )
}  # fmt: skip
