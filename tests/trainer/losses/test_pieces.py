"""Large batches are compared piece by piece."""

import math

import pytest
import torch
from torch import Tensor, nn

from trainer.losses import _pieces
from trainer.losses._pieces import InPieces
from trainer.losses._unit import unit


class Classes(nn.Module):
    """How many classes a piece has."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def forward(self, embeddings: Tensor, targets: Tensor, picked: None) -> Tensor:
        self.sizes.append(len(targets))
        return torch.tensor(float(len(targets.unique())))


@pytest.mark.parametrize(
    ("samples", "sizes"), [(1, [1]), (10, [10]), (11, [6, 5]), (35, [9, 9, 9, 8])]
)
def test_sizes(samples: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pieces, "MOST", 10)
    loss = Classes()
    InPieces(loss)(torch.randn(samples, 2), torch.zeros(samples, dtype=torch.int64))
    assert loss.sizes == sizes


def test_sorted_data_has_every_class_in_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pieces, "MOST", 10)
    labels = torch.arange(5).repeat_interleave(8)
    assert InPieces(Classes())(torch.randn(40, 2), labels).item() == 5


def test_unit_length_and_none_for_what_has_no_direction() -> None:
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-9, 0.0]], requires_grad=True)
    units = unit(x)
    torch.testing.assert_close(units.detach(), torch.tensor([[0.6, 0.8], [0.0, 0.0], [0.0, 0.0]]))
    (units * torch.randn(3, 2)).sum().backward()
    assert x.grad is not None
    assert x.grad[0].any()
    assert not x.grad[1:].any()


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf, 1e30])
def test_nan_for_what_has_no_finite_length(broken: float) -> None:
    units = unit(torch.tensor([[broken, 1.0], [3.0, 4.0]]))
    assert units[0].isnan().all()
    torch.testing.assert_close(units[1], torch.tensor([0.6, 0.8]))


def test_nan_stays_though_the_loss_does_not_see_it() -> None:
    x = torch.tensor([[1.0, 0.0], [math.nan, 0.0]])
    assert InPieces(Classes())(x, torch.arange(2)).isnan()
