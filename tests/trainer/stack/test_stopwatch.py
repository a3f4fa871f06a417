"""The part of the data that steps are timed on."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from trainer.data import Dataset
from trainer.recipe import Recipe
from trainer.splits import Fold
from trainer.stack.stopwatch import part_of


def numbered(samples: int, classes: int = 1) -> Dataset:
    """Sample n has the input n; sorted by class."""
    rows = torch.arange(samples)
    return Dataset(rows.float().unsqueeze(1), rows * classes // samples, outputs=classes)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 50), st.integers(1, 20))
def test_it_has_full_batches_and_no_sample_twice(
    train: int, judges: int, batch: int, steps: int
) -> None:
    recipe = Recipe.model_validate({"batch_size": batch})
    found = part_of(Fold(numbered(train), numbered(judges)), recipe, steps)
    assert len(found.train) == min(train, steps * batch)
    assert len(found.validation) <= judges
    for each in (found.train, found.validation):
        assert len(each.inputs.unique()) == len(each)


def test_those_that_judge_are_in_proportion() -> None:
    fold = Fold(numbered(1000), numbered(200))
    recipe = Recipe.model_validate({"batch_size": 50})
    assert len(part_of(fold, recipe, 10).validation) == 100
    assert len(part_of(fold, recipe, 1).validation) == 16
    whole = part_of(fold, recipe, 99)
    assert (whole.train, whole.validation) == (fold.train, fold.validation)


def test_every_class_is_there_where_samples_are_sorted() -> None:
    fold = Fold(numbered(1000, classes=10), numbered(200, classes=10))
    found = part_of(fold, Recipe.model_validate({"batch_size": 20}), 2)
    assert len(found.train.targets.unique()) == 10
    assert len(found.validation.targets.unique()) == 10
