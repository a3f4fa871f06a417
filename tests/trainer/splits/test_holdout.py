"""Stratified, complete, fixed by the seed, and clear about what cannot be split."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trainer.data import Dataset
from trainer.errors import BadRecipe
from trainer.recipe.split import Holdout as Settings
from trainer.splits.holdout import Holdout


def dataset(counts: list[int]) -> Dataset:
    """Sample i has the input [i]; class c has counts[c] samples, one after another."""
    targets = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    inputs = torch.arange(len(targets), dtype=torch.float32).unsqueeze(1)
    return Dataset(inputs, targets, len(counts))


def held_out(data: Dataset, seed: int, validation: float = 0.2) -> list[float]:
    (fold,) = Holdout(Settings(validation=validation)).folds(data, seed)
    rows: list[float] = fold.validation.inputs.flatten().tolist()
    return rows


@given(
    counts=st.lists(st.integers(10, 40), min_size=1, max_size=5),
    validation=st.floats(0.2, 0.8),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_sample_is_on_one_side_and_classes_keep_their_share(
    counts: list[int], validation: float, seed: int
) -> None:
    data = dataset(counts)
    (fold,) = Holdout(Settings(validation=validation)).folds(data, seed)
    train, judged = fold.train, fold.validation
    rows = torch.cat([train.inputs, judged.inputs]).flatten()
    assert torch.equal(rows.sort().values, data.inputs.flatten())
    for label, count in enumerate(counts):
        fair = len(judged) / len(data) * count
        assert abs((judged.targets == label).sum().item() - fair) < 1
    assert torch.equal(data.targets[judged.inputs.flatten().long()], judged.targets)


def test_the_seed_decides() -> None:
    data = dataset([50, 50])
    assert held_out(data, 3) == held_out(data, 3)
    assert held_out(data, 3) != held_out(data, 4)


@pytest.mark.parametrize(
    ("counts", "validation", "message"),
    [
        ([100] * 10, 0.005, r"of 1000 samples, 5 would be held out; .* for each of the 10 classes"),
        ([100] * 10, 0.995, r"of 1000 samples, 995 would be held out"),
        ([50, 1], 0.2, r"class 1 has one sample; a stratified split needs two of each"),
    ],
)
def test_what_cannot_be_split(counts: list[int], validation: float, message: str) -> None:
    with pytest.raises(BadRecipe, match=message) as raised:
        held_out(dataset(counts), 0, validation)
    assert (raised.value.field, raised.value.value) == ("split.validation", validation)
    assert str(raised.value).startswith("split.validation: ")
    assert str(raised.value).endswith(f"(given: {validation})")
