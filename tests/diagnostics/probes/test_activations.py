"""The signal from layer to layer, against numpy, unit by unit."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from diagnostics.history import SignalValue
from diagnostics.probes.activations import activation_signals
from diagnostics.probes.trace import traced

INPUTS = torch.randn(40, 6, generator=torch.Generator().manual_seed(1))


def seen(model: nn.Module, inputs: Tensor = INPUTS) -> dict[str, dict[str, float | None]]:
    with torch.no_grad():
        found = activation_signals(traced(model, inputs))
    return {name: by_layer(value) for name, value in found.items()}


def by_layer(value: SignalValue) -> dict[str, float | None]:
    assert isinstance(value, dict)
    return value


def linear(rows: int, *weights: float, bias: list[float]) -> nn.Linear:
    """`rows` units whose weights are all the same; the biases make the difference."""
    layer = nn.Linear(6, rows)
    with torch.no_grad():
        layer.weight.fill_(weights[0] if weights else 0.0)
        layer.bias.copy_(torch.tensor(bias))
    return layer


def test_size_and_spread_equal_numpy() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
    found, outputs = seen(model), INPUTS
    for name, layer in model.named_children():
        outputs = layer(outputs)
        x = outputs.detach().numpy().astype(float)
        rms = np.sqrt((x**2).mean())
        assert found["activation_rms"][name] == pytest.approx(rms, rel=1e-5)
        spread = np.sqrt(x.var(axis=0).mean()) / rms
        assert found["activation_spread"][name] == pytest.approx(spread, rel=1e-5)


def test_a_layer_that_says_the_same_of_every_sample_has_no_spread() -> None:
    found = seen(nn.Sequential(linear(3, bias=[1.0, 2.0, 3.0]), nn.Linear(3, 2)))
    assert found["activation_spread"] == pytest.approx({"0": 0.0, "1": 0.0}, abs=1e-6)
    zeros = seen(nn.Sequential(linear(2, bias=[0.0, 0.0])))
    assert zeros["activation_spread"] == {"0": 0.0}


def test_what_overflows_is_told_as_none() -> None:
    class Exp(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            return torch.exp(1e3 * inputs)

    found = seen(nn.Sequential(nn.Linear(6, 4), Exp(), nn.Linear(4, 2)))
    sizes = list(found["activation_rms"].values())
    assert sizes[0] is not None
    assert sizes[-1] is None


@pytest.mark.parametrize("kind", [nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.GELU])
def test_dead_units_are_counted_one_by_one(kind: type[nn.Module]) -> None:
    layer, activation = nn.Linear(6, 30), kind()
    with torch.no_grad():
        layer.bias[:12] = -50.0
    x = activation(layer(INPUTS)).detach().numpy()
    dead = np.mean([all(x[n, unit] == 0 for n in range(len(x))) for unit in range(30)])
    found = seen(nn.Sequential(layer, activation, nn.Linear(30, 2)))
    assert found["dead_units"] == {"1": pytest.approx(float(dead))}
    if kind is nn.ReLU:
        assert dead == pytest.approx(0.4)


def test_a_channel_is_a_unit_of_a_map() -> None:
    layer = nn.Conv2d(3, 8, 3)
    with torch.no_grad():
        layer.get_parameter("bias").fill_(3.0)
        layer.get_parameter("bias")[:2] = -1e3
    images = torch.rand(5, 3, 6, 6)
    assert seen(nn.Sequential(layer, nn.ReLU()), images)["dead_units"] == {"1": 0.25}


@pytest.mark.parametrize(
    ("activation", "low", "high"), [(nn.Sigmoid(), 0.01, 0.99), (nn.Tanh(), -0.98, 0.98)]
)
def test_saturated_units_are_counted_one_by_one(
    activation: nn.Module, low: float, high: float
) -> None:
    layer = nn.Linear(6, 25)
    with torch.no_grad():
        layer.weight[:10] *= 400
        layer.weight[10:15] *= 20
    x = activation(layer(INPUTS)).detach().numpy()
    at_end = [np.mean([not low <= value <= high for value in x[:, unit]]) for unit in range(25)]
    expected = np.mean([share > 0.95 for share in at_end])
    found = seen(nn.Sequential(layer, activation, nn.Linear(25, 2)))
    assert found["saturated_units"] == {"1": pytest.approx(float(expected))}
    assert expected >= 0.2


def test_the_last_activation_may_be_at_its_ends() -> None:
    found = seen(nn.Sequential(nn.Linear(6, 3), nn.Tanh()))
    assert found["saturated_units"] == {}


def test_a_softmax_is_told_between_layers_and_not_at_the_end() -> None:
    inside = nn.Sequential(nn.Linear(6, 4), nn.Softmax(1), nn.Linear(4, 3), nn.Softmax(1))
    assert seen(inside)["softmax_inside"] == {"1": 1.0}
    over_maps = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Softmax(1), nn.Conv2d(4, 2, 1))
    assert seen(over_maps, torch.rand(4, 3, 2, 2))["softmax_inside"] == {}


def test_a_layer_that_runs_twice_is_told_by_its_last_pass() -> None:
    shared = nn.Linear(6, 6)
    found = seen(nn.Sequential(shared, nn.ReLU(), shared))
    last = shared(shared(INPUTS).relu()).detach()
    assert found["activation_rms"]["0"] == pytest.approx(float(last.square().mean().sqrt()))
