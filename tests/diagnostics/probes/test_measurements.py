"""Updates, gradients and finiteness, each against a slow twin in numpy or autograd."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from diagnostics.probes.finite import all_finite, first_non_finite
from diagnostics.probes.gradients import gradient_norms
from diagnostics.probes.layers import weight_matrices
from diagnostics.probes.updates import copies, renew, update_ratios


def test_the_update_ratio_of_sgd_equals_numpy() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.01)
    weights = list(weight_matrices(model).values())
    model(torch.randn(5, 4)).square().sum().backward()
    old = [weight.detach().numpy().copy() for weight in weights]
    steps = [0.1 * (w.grad.numpy() + 0.01 * o) for w, o in zip(weights, old, strict=True)]
    expected = [np.linalg.norm(s) / np.linalg.norm(o) for s, o in zip(steps, old, strict=True)]

    before = copies(weights)
    optimizer.step()
    assert update_ratios(before, weights).tolist() == pytest.approx(expected, rel=1e-4)


def test_a_second_step_is_measured_in_the_memory_of_the_first() -> None:
    weights = [torch.ones(2, 2), torch.full((3,), 2.0)]
    before = copies(weights)
    for factor in (1.1, 1.2):
        renew(before, weights)
        for weight in weights:
            weight.mul_(factor)
        assert update_ratios(before, weights).tolist() == pytest.approx([factor - 1] * 2, rel=1e-5)


def test_a_ratio_to_nothing_is_not_finite() -> None:
    ratio = update_ratios([torch.zeros(2, 2)], [torch.ones(2, 2)])
    assert not math.isfinite(ratio.item())


def test_gradient_norms_equal_autograd() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    weights = list(weight_matrices(model).values())
    loss = model(torch.randn(5, 4)).square().sum()
    expected = [g.norm().item() for g in torch.autograd.grad(loss, weights, retain_graph=True)]
    loss.backward()
    assert gradient_norms(weights).tolist() == pytest.approx(expected)


def test_a_weight_without_gradient_has_no_norm() -> None:
    assert math.isnan(gradient_norms([torch.ones(2, 2)]).item())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_all_finite_finds_one_bad_number(bad: float) -> None:
    tensors = [torch.ones(3), torch.tensor([[1.0, 2.0]])]
    assert all_finite(tensors).item() is True
    tensors[1][0, 1] = bad
    assert all_finite(tensors).item() is False
    assert all_finite([]).item() is True


def test_all_finite_knows_numbers_whose_norm_is_not() -> None:
    huge = torch.full((4,), 3e38)
    assert not math.isfinite(huge.norm())
    assert all_finite([huge, torch.empty(0), torch.tensor([1 + 2j])]).item() is True
    assert all_finite([torch.tensor([complex(0, math.inf)])]).item() is False


@pytest.mark.parametrize(
    ("losses", "weights_finite", "step"),
    [
        ([1.0, 2.0], True, None),
        ([1.0, math.nan, math.inf], True, 2),
        ([1.0, 2.0], False, 2),
        ([], False, 1),
    ],
)
def test_first_non_finite_step(losses: list[float], weights_finite: bool, step: int | None) -> None:
    assert first_non_finite(losses, weights_finite) == step
