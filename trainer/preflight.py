"""What is measured on a model before its first update, and holds for the recipe's whole shape.

The initial loss, and whether a copy of the model can learn a tiny subset by heart (CS231n,
"Babysitting the learning process"). The model and all random generators stay as they are.
"""

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import Adam, Optimizer

from diagnostics.before_training import measured
from diagnostics.history import History, finite
from diagnostics.probes.initial import LossFn, forward, prior_entropy
from diagnostics.probes.overfit import Batch, MakeOptimizer, overfit
from trainer.data import Dataset
from trainer.menu import part
from trainer.recipe import Recipe
from trainer.seeds import order

INITIAL_SAMPLES = 2048  # of the training set that the initial loss is measured on
SUBSET_BATCHES = 5  # of the tiny subset: CS231n's "5–10 minibatches", the cheaper end
SUBSET_PASSES = 100  # a sound model fits digits in about 30, with the reference in about 70
SUBSET_EPOCH = 0  # data epoch that the subset is the beginning of
REFERENCE_LR = 3e-3  # of the Adam that fits the subset where the study searches the optimizer


def before_training(
    recipe: Recipe,
    model: nn.Module,
    loss_fn: LossFn,
    train: Dataset,
    *,
    labelled: bool = True,
    reference: bool = False,
) -> History:
    """Its facts are what model, loss and data tell of themselves; epoch 0 has the signals.

    `labelled`: the largest output is the class. `reference`: fit the subset with Adam, not the
    recipe's optimizer.
    """
    sample = train.inputs[:INITIAL_SAMPLES], train.targets[:INITIAL_SAMPLES]
    history = measured(model, loss_fn, *sample, seconds=0)  # the minibatches take the rows' place
    initial_loss, _ = forward(model, loss_fn, *sample)
    learned = overfit(
        model,
        loss_fn,
        _subset(recipe, train),
        optimizer=_optimizer(recipe, reference),
        passes=SUBSET_PASSES,
        labelled=labelled,
    )
    history.record(0, {"initial_loss": finite(initial_loss), **learned})
    if labelled:
        history.record(0, {"prior_entropy": prior_entropy(train.targets)})
    return history


def _subset(recipe: Recipe, train: Dataset) -> list[Batch]:
    shuffled = order(len(train), recipe.resolved_data_seed(), SUBSET_EPOCH)
    chosen = shuffled[: SUBSET_BATCHES * recipe.batch_size].to(train.targets.device)
    batches = torch.split(chosen, recipe.batch_size)
    return [(train.inputs[rows], train.targets[rows]) for rows in batches]


def _optimizer(recipe: Recipe, reference: bool) -> MakeOptimizer:
    own = part("optimizer", recipe.optimizer)

    def made(parameters: Iterable[nn.Parameter]) -> Optimizer:
        if reference:
            return Adam(parameters, lr=REFERENCE_LR, fused=True)
        chosen: Optimizer = own.over(parameters, decay=False)
        return chosen

    return made
