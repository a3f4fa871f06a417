"""Mean squared error against its formula in numpy."""

import numpy as np
import pytest
import torch

from trainer.form import Form, Task
from trainer.losses.mse import Mse
from trainer.recipe.losses import Mse as Settings


def test_regression() -> None:
    rng = np.random.default_rng(0)
    outputs, targets = rng.normal(size=(32, 3)), rng.normal(size=(32, 3))
    ours = Mse(Settings()).build(Form((4,), 3, "regression"))(
        torch.tensor(outputs), torch.tensor(targets)
    )
    assert ours.item() == pytest.approx(((outputs - targets) ** 2).mean(), rel=1e-12)


@pytest.mark.parametrize(
    ("task", "shape"), [("classification", ()), ("segmentation", (5, 6))], ids=["labels", "masks"]
)
def test_classes_count_as_one_hot(task: Task, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    outputs, labels = rng.normal(size=(8, *shape, 4)), rng.integers(4, size=(8, *shape))
    expected = ((outputs - np.eye(4)[labels]) ** 2).mean()
    loss = Mse(Settings()).build(Form((1, *shape), 4, task))
    ours = loss(torch.tensor(np.moveaxis(outputs, -1, 1)), torch.tensor(labels))
    assert ours.item() == pytest.approx(expected, rel=1e-12)
