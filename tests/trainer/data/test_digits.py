"""The digits as they came, and a data set's few operations."""

from pathlib import Path

import torch

from trainer.data import Dataset
from trainer.data.digits import Digits
from trainer.recipe.data import Digits as Settings


def test_shapes_range_and_classes() -> None:
    digits = Digits(Settings()).load(Path())
    assert (len(digits), digits.outputs) == (1797, 10)
    assert digits.inputs.shape == (1797, 1, 8, 8)
    assert (digits.inputs.dtype, digits.targets.dtype) == (torch.float32, torch.int64)
    assert (digits.inputs.min().item(), digits.inputs.max().item()) == (0.0, 1.0)
    assert digits.targets.unique().tolist() == list(range(10))


def test_every_load_is_the_callers_own() -> None:
    first = Digits(Settings()).load(Path())
    first.inputs.zero_()
    assert Digits(Settings()).load(Path()).inputs.any()


def test_rows_and_device() -> None:
    data = Dataset(torch.arange(6.0).reshape(3, 2), torch.tensor([0, 1, 0]), outputs=2)
    chosen = data.rows(torch.tensor([2, 0])).to("cpu")
    assert chosen.inputs.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    assert (chosen.targets.tolist(), chosen.outputs, len(chosen)) == ([0, 0], 2, 2)
