from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import LambdaLR

from diagnostics import Facts
from diagnostics.known import LOSSES, facts_of

WEIGHTS = [nn.Parameter(torch.ones(2, 2))]


class Mine(nn.Module):
    """Called like one of torch's, and computing something else."""

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).abs().max()


Mine.__name__ = "CrossEntropyLoss"


@pytest.mark.parametrize(
    ("loss_fn", "name"),
    [
        (nn.CrossEntropyLoss(), "cross_entropy"),
        (F.cross_entropy, "cross_entropy"),
        (nn.BCEWithLogitsLoss(), "binary_cross_entropy"),
        (F.binary_cross_entropy_with_logits, "binary_cross_entropy"),
        (nn.MSELoss(), "mse_loss"),
        (F.mse_loss, "mse_loss"),
        (nn.HuberLoss(), "HuberLoss"),  # torch's own, by its own name
        (Mine(), None),
        (lambda outputs, targets: outputs.sum(), None),
        (None, None),
    ],
)
def test_only_torchs_losses_have_a_name(loss_fn: Any, name: str | None) -> None:
    assert facts_of(None, loss_fn).loss == name


def test_every_name_is_torchs() -> None:
    for name, ours in LOSSES.items():
        assert hasattr(nn, name) or hasattr(F, name)
        assert name.endswith("Loss") or hasattr(F, ours)


def test_label_smoothing_is_the_losss() -> None:
    assert facts_of(None, nn.CrossEntropyLoss(label_smoothing=0.1)).label_smoothing == 0.1
    assert facts_of(None, F.cross_entropy).label_smoothing == 0.0


def test_the_optimizer_tells_its_settings() -> None:
    sgd = torch.optim.SGD(WEIGHTS, lr=0.1, momentum=0.9, weight_decay=1e-4)
    assert facts_of(sgd, None) == Facts(optimizer="sgd", lr=0.1, momentum=0.9, weight_decay=1e-4)
    adam = facts_of(torch.optim.AdamW(WEIGHTS, lr=0.01), None)
    assert (adam.optimizer, adam.lr, adam.momentum) == ("adamw", 0.01, None)


def test_the_first_group_speaks_for_all() -> None:
    other = nn.Parameter(torch.ones(2))
    groups = [{"params": WEIGHTS, "lr": 0.2}, {"params": [other], "lr": 9.0}]
    assert facts_of(torch.optim.SGD(groups, lr=1.0), None).lr == 0.2


def test_a_scheduler_does_not_hide_the_lr_that_was_chosen() -> None:
    sgd = torch.optim.SGD(WEIGHTS, lr=0.1)
    LambdaLR(sgd, lambda step: 0.0)
    assert facts_of(sgd, None).lr == 0.1


def test_an_lr_may_be_a_tensor() -> None:
    assert facts_of(torch.optim.SGD(WEIGHTS, lr=torch.tensor(0.25)), None).lr == 0.25
