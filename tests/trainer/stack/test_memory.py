"""What a trial takes, by shapes that are counted by hand here."""

from typing import Any

import torch
from torch import Tensor

from trainer.data import Dataset
from trainer.recipe import Recipe
from trainer.setup import make
from trainer.splits import Fold
from trainer.stack.memory import counted, free

FLOAT = 4  # bytes
WEIGHTS = FLOAT * (6 * 5 + 5 + 5 * 3 + 3)
HIDDEN, OUTPUTS = 2 * FLOAT * 5, FLOAT * 3  # of one sample: before and after ReLU; logits


def size(judges: int = 2, **settings: Any) -> int:
    """Of an MLP 6-5-3 on 40 samples, judged by some."""
    recipe = Recipe.model_validate({"model": {"name": "mlp", "hidden": [5]}, **settings})
    fold = Fold(_data(40), _data(judges))
    return counted(recipe, make(recipe, fold, "cpu"), fold)


def _data(samples: int) -> Dataset:
    targets: Tensor = torch.arange(samples) % 3
    return Dataset(torch.randn(samples, 6), targets, outputs=3)


def test_weights_gradients_best_epoch_activations_and_outputs() -> None:
    activations = 8 * (HIDDEN + OUTPUTS)
    assert size(batch_size=8, optimizer="sgd") == 3 * WEIGHTS + activations + 2 * 2 * OUTPUTS


def test_what_the_optimizer_keeps() -> None:
    plain = size(optimizer="sgd")
    assert size(optimizer="momentum") == plain + WEIGHTS
    assert size(optimizer="adam") == plain + 2 * WEIGHTS


def test_no_batch_is_larger_than_the_data() -> None:
    assert size(batch_size=40) == size(batch_size=4000) > size(batch_size=39)


def test_evaluation_counts_where_it_takes_more_than_training() -> None:
    assert size(batch_size=40, judges=30) - size(batch_size=40, judges=20) == 2 * 10 * OUTPUTS
    wide = size(batch_size=1, judges=600) - size(batch_size=1, judges=500)
    assert wide == 100 * (HIDDEN + 2 * OUTPUTS)


def test_memory_that_is_free_is_told_in_bytes() -> None:
    assert 2**26 < free("cpu") < 2**50
