"""Auxiliary heads' losses are added, weighted; one output stands alone."""

import pytest
import torch
from torch import nn

from trainer.losses._heads import WithHeads

MAIN, FIRST, SECOND = (torch.full((4, 3), value) for value in (1.0, 2.0, 5.0))
TARGETS = torch.zeros(4, 3)


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize(("weight", "expected"), [(0.3, 1 + 0.3 * (4 + 25)), (0.0, 1.0)])
def test_sum(kind: type[list[torch.Tensor]], weight: float, expected: float) -> None:
    loss = WithHeads(nn.MSELoss(), weight)
    assert loss(kind([MAIN, FIRST, SECOND]), TARGETS).item() == pytest.approx(expected)
    assert loss(kind([MAIN]), TARGETS).item() == 1


def test_a_tensor_is_the_main_head() -> None:
    assert WithHeads(nn.MSELoss(), 0.3)(MAIN, TARGETS).item() == 1


def test_the_losss_own_weights_are_its() -> None:
    inner = nn.Linear(2, 2)
    assert set(WithHeads(inner, 0.3).parameters()) == set(inner.parameters())
