import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.initial import classes, forward, prior_entropy
from diagnostics.probes.modes import regularisation_off


class Noisy(nn.Module):
    """Draws random numbers even in eval mode, and counts its calls in a buffer."""

    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))
        self.linear = nn.Linear(4, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        self.calls += 1
        outputs: Tensor = self.linear(inputs + 0 * torch.randn_like(inputs))
        return outputs


def test_the_initial_loss_equals_numpy_with_dropout_off() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.9))
    inputs, targets = torch.randn(8, 4), torch.arange(8) % 3
    logits = inputs.numpy() @ model[0].weight.detach().numpy().T + model[0].bias.detach().numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(shares[np.arange(8), targets.numpy()]).mean()
    loss, outputs = forward(model, F.cross_entropy, inputs, targets)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert outputs.shape == (8, 3)
    assert not outputs.requires_grad


def test_modes_buffers_and_random_numbers_are_restored() -> None:
    model = nn.Sequential(Noisy(), nn.BatchNorm1d(3), nn.Dropout(0.5))
    model[2].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    forward(
        model,
        F.cross_entropy,
        torch.randn(8, 4, generator=torch.Generator()),
        torch.zeros(8).long(),
    )
    assert [module.training for module in model.modules()] == [True, True, True, True, False]
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_batch_norm_uses_the_batch() -> None:
    model = nn.BatchNorm1d(3)
    with regularisation_off(model), torch.no_grad():
        outputs = model(100 + 7 * torch.randn(500, 3))
    assert outputs.mean().abs().item() < 1e-3
    assert outputs.std().item() == pytest.approx(1.0, abs=0.01)


def test_frozen_batch_norm_keeps_its_moving_statistics() -> None:
    model = nn.BatchNorm1d(3).requires_grad_(False)
    inputs = 100 + 7 * torch.randn(500, 3)
    with regularisation_off(model), torch.no_grad():
        outputs = model(inputs)
    torch.testing.assert_close(outputs, inputs / math.sqrt(1 + model.eps))
    assert torch.equal(model.running_mean, torch.zeros(3))
    assert model.training


def test_restores_after_an_error() -> None:
    model = nn.Linear(2, 2)
    with pytest.raises(ZeroDivisionError), regularisation_off(model):
        1 / 0  # noqa: B018  # any error will do
    assert model.training


@pytest.mark.parametrize(
    ("outputs", "targets", "found"),
    [
        (torch.zeros(4, 10), torch.zeros(4).long(), 10),
        (torch.zeros(4, 5, 8, 8), torch.zeros(4, 8, 8).long(), 5),
        (torch.zeros(4, 1), torch.zeros(4).long(), None),
        (torch.zeros(4, 10), torch.zeros(4, 10), None),
        (torch.zeros(4, 10), torch.zeros(4, 10).long(), None),
        (torch.zeros(4), torch.zeros(4).long(), None),
        (torch.zeros(4), torch.zeros(4), None),
    ],
)
def test_classes_are_counted_for_integer_labels(
    outputs: Tensor, targets: Tensor, found: int | None
) -> None:
    assert classes(outputs, targets) == found


def test_prior_entropy_equals_numpy() -> None:
    labels = torch.tensor([0, 0, 0, 1, 1, 7])
    shares = np.array([3, 2, 1]) / 6
    assert prior_entropy(labels) == pytest.approx(-(shares * np.log(shares)).sum())
    assert prior_entropy(torch.arange(10)) == pytest.approx(math.log(10))
    assert prior_entropy(torch.zeros(5)) == 0.0
