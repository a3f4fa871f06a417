"""Splits into several folds: every sample has its place, and the seed decides."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trainer.data import Dataset
from trainer.errors import BadRecipe
from trainer.recipe.split import Bootstrap as BootstrapSettings
from trainer.recipe.split import Holdout as HoldoutSettings
from trainer.recipe.split import KFold as KFoldSettings
from trainer.splits.bootstrap import Bootstrap
from trainer.splits.holdout import Holdout
from trainer.splits.k_fold import KFold

SEEDS = st.integers(0, 2**31 - 1)


def dataset(counts: list[int]) -> Dataset:
    """Sample i has the input [i]; class c has counts[c] samples, one after another."""
    targets = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    inputs = torch.arange(len(targets), dtype=torch.float32).unsqueeze(1)
    return Dataset(inputs, targets, len(counts))


def masks(samples: int) -> Dataset:
    """Segmentation: no label of its own for each sample."""
    inputs = torch.arange(samples, dtype=torch.float32).view(-1, 1, 1, 1)
    return Dataset(inputs, torch.zeros(samples, 1, 1, dtype=torch.int64), 2, "segmentation")


def ids(data: Dataset) -> list[int]:
    return sorted(int(i) for i in data.inputs.flatten())


@given(counts=st.lists(st.integers(6, 20), min_size=1, max_size=4), k=st.integers(2, 6), seed=SEEDS)
def test_k_fold_judges_every_sample_once(counts: list[int], k: int, seed: int) -> None:
    data = dataset(counts)
    folds = KFold(KFoldSettings(folds=k)).folds(data, seed)
    assert len(folds) == k
    assert sorted(i for fold in folds for i in ids(fold.validation)) == list(range(len(data)))
    for fold in folds:
        assert sorted(ids(fold.train) + ids(fold.validation)) == list(range(len(data)))
        for label, count in enumerate(counts):
            assert abs((fold.validation.targets == label).sum().item() - count / k) < 1


def test_k_fold_without_classes() -> None:
    folds = KFold(KFoldSettings(folds=3)).folds(masks(10), 0)
    assert sorted(i for fold in folds for i in ids(fold.validation)) == list(range(10))


def test_a_class_with_fewer_samples_than_folds() -> None:
    with pytest.raises(BadRecipe, match=r"split\.folds: the smallest class has 4 samples"):
        KFold(KFoldSettings(folds=5)).folds(dataset([9, 4]), 0)


@given(samples=st.integers(8, 60), seed=SEEDS)
def test_bootstrap_judges_by_what_was_not_drawn(samples: int, seed: int) -> None:
    for fold in Bootstrap(BootstrapSettings(resamples=3)).folds(dataset([samples]), seed):
        assert len(fold.train) == samples
        assert set(ids(fold.train)) | set(ids(fold.validation)) == set(range(samples))
        assert not set(ids(fold.train)) & set(ids(fold.validation))


def test_bootstrap_leaves_one_in_e_out() -> None:
    """(1 − 1/N)ᴺ → 1/e (Efron and Tibshirani 1993, §17.7)."""
    folds = Bootstrap(BootstrapSettings(resamples=20)).folds(dataset([1000]), 0)
    left = sum(len(fold.validation) for fold in folds) / 20_000
    assert left == pytest.approx(0.368, abs=0.01)
    assert len({tuple(ids(fold.train)) for fold in folds}) == 20


def test_bootstrap_of_one_sample() -> None:
    with pytest.raises(BadRecipe, match="none is left to judge"):
        Bootstrap(BootstrapSettings()).folds(dataset([1]), 0)


@given(wanted=st.integers(1, 8), seed=SEEDS)
def test_few_labels_and_the_rest_without(wanted: int, seed: int) -> None:
    data = dataset([10, 15, 20])
    (fold,) = Holdout(HoldoutSettings(labels_per_class=wanted)).folds(data, seed)
    (whole,) = Holdout(HoldoutSettings()).folds(data, seed)
    assert torch.bincount(fold.train.targets).tolist() == [wanted] * 3
    assert fold.unlabelled is not None
    assert sorted(ids(fold.train) + ids(fold.unlabelled)) == ids(whole.train)
    assert ids(fold.validation) == ids(whole.validation)


def test_more_labels_than_there_are() -> None:
    with pytest.raises(BadRecipe, match="class 0 has only 8 training samples"):
        Holdout(HoldoutSettings(labels_per_class=9)).folds(dataset([10, 50]), 0)


def test_few_labels_need_labels() -> None:
    with pytest.raises(BadRecipe, match="needs a label for each sample"):
        Holdout(HoldoutSettings(labels_per_class=1)).folds(masks(10), 0)
    (fold,) = Holdout(HoldoutSettings()).folds(masks(10), 0)
    assert sorted(ids(fold.train) + ids(fold.validation)) == list(range(10))


def test_the_last_samples_in_the_order_of_the_set() -> None:
    settings = HoldoutSettings(validation=0.3, shuffled=False)
    (fold,) = Holdout(settings).folds(dataset([7, 3]), 0)
    assert fold.train.inputs.flatten().tolist() == list(range(7))
    assert fold.validation.inputs.flatten().tolist() == [7, 8, 9]
    with pytest.raises(BadRecipe, match="of 1 samples, 1 would be held out"):
        Holdout(settings).folds(dataset([1]), 0)
