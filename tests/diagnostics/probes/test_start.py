"""Weights and gradients before the first update, against plain loops and autograd."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.start import gradient_signals, mixing, redrawn_loss, weight_signals

INPUTS = torch.randn(16, 6, generator=torch.Generator().manual_seed(2))
LABELS = torch.arange(16) % 3


def symmetric_share(weight: np.ndarray) -> float:
    """Pair by pair."""
    rows = weight.reshape(len(weight), -1)
    alike = 0
    for i, row in enumerate(rows):
        others = [other for j, other in enumerate(rows) if j != i]
        alike += any(np.linalg.norm(row - o) <= 1e-5 * np.linalg.norm(row) for o in others)
    return alike / len(rows)


def layers(signals: Mapping[str, Any], name: str) -> dict[str, float]:
    value = signals[name]
    assert isinstance(value, dict)
    return value


def weight(model: nn.Module, layer: str) -> Tensor:
    return model.get_parameter(f"{layer}.weight")


def test_symmetry_equals_a_search_of_all_pairs() -> None:
    """Of weights and their gradients: what is equal in both stays equal."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 5), nn.Tanh(), nn.Linear(5, 3))
    with torch.no_grad():
        first, second = weight(model, "0"), weight(model, "2")
        first[[3, 6]] = first[1].clone()
        first[7] = 2 * first[1]  # parallel, not equal
        model.get_parameter("0.bias")[[3, 6]] = model.get_parameter("0.bias")[1].clone()
        second[:, 3] = second[:, 1].clone()  # 6 has another way on, and so another gradient
        second[4] = 0
    found = gradient_signals(model, F.cross_entropy, INPUTS, LABELS)
    torch.autograd.backward(F.cross_entropy(model(INPUTS), LABELS))
    for name in ("0", "2", "4"):
        tensor = weight(model, name)
        assert tensor.grad is not None
        both = torch.cat([scaled(tensor.detach()), scaled(tensor.grad)], dim=1)
        expected = symmetric_share(both.double().numpy())
        assert layers(found, "unit_symmetry")[name] == pytest.approx(expected)
    assert layers(found, "unit_symmetry")["0"] == 2 / 8


def scaled(rows: Tensor) -> Tensor:
    return torch.div(rows, rows.norm())


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_a_constant_initialisation_is_all_symmetry(value: float) -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)
    found = layers(gradient_signals(model, F.cross_entropy, INPUTS, LABELS), "unit_symmetry")
    assert found["0"] == found["2"] == 1.0


@pytest.mark.parametrize(
    ("draw", "gain"),
    [
        (nn.init.kaiming_normal_, math.sqrt(2)),
        (nn.init.kaiming_uniform_, math.sqrt(2)),
        (lambda w: nn.init.xavier_normal_(w), 1.0),
        (lambda w: nn.init.kaiming_uniform_(w, a=math.sqrt(5)), 1 / math.sqrt(3)),  # torch's own
        (nn.init.zeros_, 0.0),
    ],
)
def test_the_gain_of_known_initialisations(draw: Callable[[Tensor], Tensor], gain: float) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(400, 400), nn.Conv2d(40, 40, 5))
    for layer in model:
        draw(layer.get_parameter("weight"))
    found = weight_signals(model)
    assert layers(found, "weight_gain") == pytest.approx({"0": gain, "1": gain}, rel=0.02)
    norms = {n: m.get_parameter("weight").norm().item() for n, m in model.named_children()}
    assert layers(found, "weight_norm") == pytest.approx(norms, rel=1e-5)


def test_gradients_equal_autograd() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    with torch.no_grad():
        model.get_parameter("0.bias")[0] = -100.0  # a dead unit: its row has no gradient
    weights = [weight(model, "0"), weight(model, "2")]
    expected = torch.autograd.grad(F.cross_entropy(model(INPUTS), LABELS), weights)
    found = gradient_signals(model, F.cross_entropy, INPUTS, LABELS)
    norms = {"0": float(expected[0].norm()), "2": float(expected[1].norm())}
    assert layers(found, "gradient_norm") == pytest.approx(norms, rel=1e-5)
    assert found["unused_parameters"] == 0.0
    assert all(p.grad is None for p in model.parameters())


def test_what_the_loss_does_not_reach_is_counted() -> None:
    class Spare(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used = nn.Linear(6, 3)
            self.spare = nn.Linear(6, 3)
            self.frozen = nn.Linear(6, 3).requires_grad_(False)

        def forward(self, inputs: Tensor) -> Tensor:
            outputs: Tensor = self.used(inputs)
            return outputs

    found = gradient_signals(Spare(), F.cross_entropy, INPUTS, LABELS)
    assert found["unused_parameters"] == 2.0
    assert set(layers(found, "gradient_norm")) == {"used"}


def test_outputs_that_were_cut_off_reach_nothing() -> None:
    model = nn.Linear(6, 3)
    found = gradient_signals(model, lambda o, t: F.cross_entropy(o.detach(), t), INPUTS, LABELS)
    assert found == {"unused_parameters": 2.0}


def test_redrawn_weights_have_the_same_scale_and_are_put_back() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 400), nn.ReLU(), nn.Linear(400, 3))
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    with torch.no_grad():
        first = float(F.cross_entropy(model(INPUTS), LABELS))
    found = redrawn_loss(model, F.cross_entropy, INPUTS, LABELS)
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())
    assert found == pytest.approx(first, rel=0.25)
    assert found != first


def test_a_lucky_draw_does_not_hide_the_scale() -> None:
    lucky, inputs = nn.Linear(6, 3, bias=False), INPUTS[:6]
    with torch.no_grad():  # large weights that happen to give the right answers
        lucky.weight.copy_(20 * (torch.linalg.inv(inputs) @ F.one_hot(LABELS[:6], 3).float()).T)
        first = float(F.cross_entropy(lucky(inputs), LABELS[:6]))
    assert first < 0.01
    assert redrawn_loss(lucky, F.cross_entropy, inputs, LABELS[:6]) > 1.0


class Mixes(nn.Module):
    """An operation over the batch axis, where one over the features was meant."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.fc, self.how = nn.Linear(6, 4), how

    def forward(self, inputs: Tensor) -> Tensor:
        out: Tensor = self.fc(inputs)
        if self.how == "softmax":
            return out.softmax(0)
        if self.how == "view":
            return out.T.reshape(out.shape)
        return out - out.mean(0) if self.how == "mean" else out.softmax(1)


@pytest.mark.parametrize("how", ["softmax", "view", "mean"])
def test_a_net_that_mixes_its_batch(how: str) -> None:
    model = Mixes(how).eval()
    with torch.no_grad():
        jacobian = torch.autograd.functional.jacobian(model, INPUTS)  # type: ignore[no-untyped-call]
    others = jacobian[0, :, 1:].abs().max()  # the first output by the other inputs
    assert float(others) > 1e-3
    assert mixing(model, INPUTS) > 1e-2


@pytest.mark.parametrize(
    "model",
    [
        Mixes("none"),
        nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)),
        nn.Sequential(
            nn.Unflatten(1, (3, 2)), nn.TransformerEncoderLayer(2, 1, 4, batch_first=True)
        ),
    ],
)
def test_a_net_that_does_not(model: nn.Module) -> None:
    assert mixing(model.eval(), INPUTS) < 1e-5


def test_a_few_rows_tell_nothing() -> None:
    assert mixing(Mixes("mean"), INPUTS[:3]) == 0.0
    assert mixing(nn.Linear(6, 2).requires_grad_(False), torch.zeros(8, 6)) == 0.0
