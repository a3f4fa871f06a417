"""A look at the live model now and then, that leaves no trace."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from diagnostics.probes.look import APART, ROWS, Look
from tests.diagnostics.digits import digits, mlp


def normalised() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 10)
    )


def test_it_sees_the_loss_of_the_first_rows_without_dropout() -> None:
    model, (inputs, labels) = mlp(), digits()
    look = Look(model, F.cross_entropy, (inputs[:200], labels[:200]))
    with torch.no_grad():
        expected = float(F.cross_entropy(model(inputs[:ROWS]), labels[:ROWS]))
    seen = look.now()
    assert seen["sample_loss"] == pytest.approx(expected)
    assert "running_loss" not in seen
    assert set(seen) >= {"dead_units", "activation_rms", "saturated_units"}


def test_batch_norm_is_looked_at_both_ways() -> None:
    model, (inputs, labels) = normalised(), digits()
    with torch.no_grad():
        model.get_buffer("1.running_mean").fill_(-5.0)
    seen = Look(model, F.cross_entropy, (inputs, labels)).now()
    x, y = inputs[:ROWS], labels[:ROWS]
    with torch.no_grad():
        model[3].eval()
        by_batch = float(F.cross_entropy(model(x), y))
        running = float(F.cross_entropy(normalised_as_gathered(model)(x), y))
    assert seen["sample_loss"] == pytest.approx(by_batch, rel=1e-5)
    assert seen["running_loss"] == pytest.approx(running, rel=1e-5)
    assert running != pytest.approx(by_batch, rel=0.05)


def normalised_as_gathered(model: nn.Sequential) -> nn.Sequential:
    fresh = normalised()
    fresh.load_state_dict(model.state_dict())
    with torch.no_grad():  # the model above has taken a step since
        fresh.get_buffer("1.running_mean").fill_(-5.0)
        fresh.get_buffer("1.running_var").fill_(1.0)
    return fresh.eval()


def test_it_leaves_the_model_as_it_was() -> None:
    model, (inputs, labels) = normalised(), digits()
    model[3].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    random = torch.get_rng_state()
    Look(model, F.cross_entropy, (inputs, labels)).now()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [m.training for m in model] == [True, True, True, False, True]
    assert torch.equal(torch.get_rng_state(), random)
    assert all(p.grad is None for p in model.parameters())
    assert not any(m._forward_hooks for m in model.modules())


@pytest.mark.parametrize(
    ("steps", "looks"),
    [
        (float(APART), [True, True, True, True]),
        (APART / 2, [True, False, True, False]),
        (APART / 4, [True, False, False, False]),
        (None, [True, True, True, True]),  # not counted
    ],
)
def test_it_looks_seldom(steps: float | None, looks: list[bool]) -> None:
    look = Look(mlp(), F.cross_entropy, digits())
    assert [bool(look.after(steps)) for _ in looks] == looks


def test_within_an_epoch_it_looks_once_and_anew_after_the_next() -> None:
    model = mlp()
    look = Look(model, F.cross_entropy, digits())
    first = look.after(1.0)
    with torch.no_grad():
        model.get_parameter("2.weight").zero_()
    assert look.now() is first
    assert look.after(1.0) == {}
    assert look.now()["sample_loss"] != first["sample_loss"]
