"""Everything a recipe names, made and put on a device: what the loop then trains."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from trainer.data import Dataset
from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.losses import model_form
from trainer.losses._heads import WithHeads
from trainer.menu import part
from trainer.optimizers import groups
from trainer.recipe import Recipe
from trainer.seeds import Stream, seeded
from trainer.splits import Fold

Augmentation = Callable[[Tensor, Tensor, Form], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Setup:
    """`train` and `validation` are preprocessed already; `raw` is the training set before that.

    `form` is what the model was built for, which for embeddings is not the data's.
    """

    model: nn.Module
    loss_fn: nn.Module
    optimizer: Optimizer
    schedule: Any
    preprocess: nn.Module
    augmentations: list[Augmentation]
    raw: Dataset
    train: Dataset
    validation: Dataset
    form: Form

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and targets of these samples: augmented as they are, then preprocessed."""
        if not self.augmentations:
            return self.train.inputs[rows], self.train.targets[rows]
        inputs, targets = self.raw.inputs[rows], self.raw.targets[rows]
        for augment in self.augmentations:
            inputs, targets = augment(inputs, targets, self.raw.form)
        return self.preprocess(inputs), targets

    def train_mode(self) -> None:
        """Dropout and batch norm as in training."""
        self.model.train()
        self.loss_fn.train()


def make(recipe: Recipe, fold: Fold, device: str) -> Setup:
    """Raises BadRecipe where the ingredients do not suit each other or the data."""
    fold = fold.to(device)
    preprocess = _fitted(recipe, fold.train, device)
    train, validation = (_seen(recipe, preprocess, d) for d in (fold.train, fold.validation))
    form = model_form(recipe.loss, train.form)
    with seeded(device, Stream.WEIGHTS, recipe.seed):
        model = part("model", recipe.model).build(form).to(device)
        loss = part("loss", recipe.loss).build(train.form).to(device)
    parameters = groups(model, recipe.optimizer) + groups(loss, recipe.optimizer)
    return Setup(
        model=model,
        loss_fn=WithHeads(loss, getattr(recipe.model, "auxiliary_weight", 0.0)),
        optimizer=part("optimizer", recipe.optimizer).over(parameters),
        schedule=part("schedule", recipe.schedule),
        preprocess=preprocess,
        augmentations=[part("augment", each).apply for each in recipe.augment],
        raw=fold.train,
        train=train,
        validation=validation,
        form=form,
    )


def _fitted(recipe: Recipe, train: Dataset, device: str) -> nn.Module:
    chosen = part("preprocess", recipe.preprocess)
    module: nn.Module = chosen.build(train.form).to(device)
    chosen.fit(module, train.inputs)
    return module.eval().requires_grad_(False)


def _seen(recipe: Recipe, preprocess: nn.Module, data: Dataset) -> Dataset:
    """The data as the model sees it; what reconstructs its inputs has them as targets."""
    seen = replace(data, inputs=preprocess(data.inputs))
    if not recipe.model.reconstructs:
        return seen
    if recipe.augment:
        message = f"{recipe.model.name} reconstructs its inputs; use its own `noise`"
        raise BadRecipe("augment", [each.name for each in recipe.augment], message)
    flat = seen.inputs.flatten(1)
    return replace(seen, targets=flat, outputs=flat.shape[1], task="regression", labels=())
