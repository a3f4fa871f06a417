import math

import pytest
import torch

from diagnostics.probes.losses import BLOCK, Losses


def test_losses_come_back_in_the_order_of_the_steps() -> None:
    losses = Losses()
    for loss in (2.0, torch.tensor(1.5), torch.tensor([math.inf], requires_grad=True), 3):
        losses.add(loss)
    assert losses.close() == [2.0, 1.5, math.inf, 3.0]
    assert losses.close() == []


def test_on_a_device_nothing_is_read_before_the_epoch_is_closed() -> None:
    """On the meta device tensors have no values: whoever reads one gets an error."""
    losses = Losses()
    for _ in range(BLOCK + 1):
        losses.add(torch.empty((), device="meta"))
    with pytest.raises(RuntimeError, match="meta"):
        losses.close()


def test_more_than_one_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \[3\]"):
        Losses().add(torch.ones(3))
