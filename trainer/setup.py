"""Everything a recipe names, made and put on a device: what the loop then trains."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from trainer.data import Dataset
from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.losses import model_form
from trainer.losses._heads import WithHeads
from trainer.mc_dropout import predict
from trainer.menu import part
from trainer.optimizers import groups
from trainer.recipe import Recipe
from trainer.seeds import Stream, seeded
from trainer.splits import Fold
from trainer.transfer import Plan, Start, transferred

FEW = 2  # samples that show whether the parts fit each other
Augmentation = Callable[[Tensor, Tensor, Form], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Setup:
    """`train` and `validation` are preprocessed already; `raw` is the training set before that.

    `form` is what the model was built for, which for embeddings is not the data's. `unlabelled`
    are preprocessed inputs of training samples whose labels are not used, [0, ...] of none.
    `resting` are the modules that stay in evaluation mode.
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
    unlabelled: Tensor
    form: Form
    resting: tuple[nn.Module, ...]

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and targets of these samples: augmented as they are, then preprocessed."""
        if not self.augmentations:
            return _of(self.train, rows)
        inputs, targets = _of(self.raw, rows)
        for augment in self.augmentations:
            inputs, targets = augment(inputs, targets, self.raw.form)
        return self.preprocess(inputs), targets

    def train_mode(self) -> None:
        """Dropout and batch norm as in training, but for those of frozen layers."""
        self.model.train()
        self.loss_fn.train()
        for module in self.resting:
            module.training = False


@dataclass(frozen=True)
class Prepared:
    """What recipes of one stack key share: the data on the device, before and as models see it."""

    raw: Dataset
    preprocess: nn.Module
    train: Dataset
    validation: Dataset
    unlabelled: Tensor


def prepare(recipe: Recipe, fold: Fold, device: str, start: Start | None = None) -> Prepared:
    """`start` is what the recipe's transfer begins with; its preprocessing is taken over too.

    That is fitted anew where the recipe's is another or inputs have another shape.
    """
    fold = fold.to(device)
    preprocess = _fitted(recipe, fold.train, device, start)
    spare = fold.train.inputs[:0] if fold.unlabelled is None else fold.unlabelled.inputs
    train, validation = (_seen(recipe, preprocess, d) for d in (fold.train, fold.validation))
    return Prepared(fold.train, preprocess, train, validation, preprocess(spare))


def make(recipe: Recipe, fold: Fold, device: str, start: Start | None = None) -> Setup:
    """Data as `prepare` has it, and what is trained on it. Raises what `make_on` does."""
    return make_on(recipe, prepare(recipe, fold, device, start), device, start)


def make_on(
    recipe: Recipe, data: Prepared, device: str, start: Start | None = None, *, tried: bool = False
) -> Setup:
    """Raises BadRecipe where the ingredients do not suit each other or the data.

    `tried`: another recipe of the same stack key has shown on this data that they do.
    """
    train = data.train
    form = model_form(recipe.loss, train.form)
    with seeded(device, Stream.WEIGHTS, recipe.seed):
        model = part("model", recipe.model).build(form).to(device)
        loss = part("loss", recipe.loss).build(train.form).to(device)
    plan = Plan()
    if recipe.transfer is not None and start is not None:
        plan = transferred(recipe.transfer, start, model)
    own = groups(model, recipe.optimizer, lr_scale=plan.lr_scale)
    parameters = own + groups(loss, recipe.optimizer)
    made = Setup(
        model=model,
        loss_fn=WithHeads(loss, getattr(recipe.model, "auxiliary_weight", 0.0)),
        optimizer=part("optimizer", recipe.optimizer).over(parameters),
        schedule=part("schedule", recipe.schedule),
        preprocess=data.preprocess,
        augmentations=[part("augment", each).apply for each in recipe.augment],
        raw=data.raw,
        train=train,
        validation=data.validation,
        unlabelled=data.unlabelled,
        form=form,
        resting=plan.resting,
    )
    if not tried:
        _try(recipe, made, device)
    made.train_mode()
    return made


def _of(data: Dataset, rows: Tensor) -> tuple[Tensor, Tensor]:
    return data.inputs.index_select(0, rows), data.targets.index_select(0, rows)


def _try(recipe: Recipe, made: Setup, device: str) -> None:
    """What could not be trained or judged is told now, and not after an epoch."""
    rows = torch.arange(min(FEW, len(made.train)), device=device)
    with seeded(device, Stream.MASKS, 0):
        inputs, _ = made.batch(rows)
        try:
            copy.deepcopy(made.model).train()(inputs)
        except (RuntimeError, ValueError) as error:
            message = f"cannot take inputs of shape {list(inputs.shape[1:])}: {error}"
            raise BadRecipe("model.name", recipe.model.name, message) from error
    if recipe.evaluation.mc_dropout:
        predict(made.model, inputs[:1], 1, 0)


def _fitted(recipe: Recipe, train: Dataset, device: str, start: Start | None) -> nn.Module:
    chosen = part("preprocess", recipe.preprocess)
    module: nn.Module = chosen.build(train.form).to(device)
    if start is not None and start.fits(recipe.preprocess, module):
        module.load_state_dict(start.fitted)
    else:
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
