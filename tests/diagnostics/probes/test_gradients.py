"""The share of weights without any gradient, against a slow count over all steps."""

from itertools import cycle, islice

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.meter import SPARED, Meter
from diagnostics.probes.gradients import WINDOW, ZeroGradients

RANDOM = torch.Generator().manual_seed(4)
INPUTS = torch.randn(WINDOW, 6, 10, generator=RANDOM)  # of so many steps
LABELS = torch.arange(6) % 3


def stepped(model: nn.Module, inputs: Tensor = INPUTS, zeros: ZeroGradients | None = None) -> None:
    """One backward pass for each, which `zeros` sees."""
    for batch in inputs:
        model.zero_grad()
        torch.autograd.backward(F.cross_entropy(model(batch), LABELS))
        if zeros is not None:
            zeros.see()


def shares(model: nn.Module, inputs: Tensor = INPUTS) -> dict[str, float | None]:
    zeros = ZeroGradients(model)
    stepped(model, inputs, zeros)
    return zeros.close()


def network(width: int = 12) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(10, width), nn.ReLU(), nn.Linear(width, 3))


def counted(model: nn.Module, layer: str, inputs: Tensor) -> float:
    """By numpy, from the gradients of each step."""
    weight, kept = model.get_parameter(f"{layer}.weight"), []
    for batch in inputs:
        model.zero_grad()
        torch.autograd.backward(F.cross_entropy(model(batch), LABELS))
        assert weight.grad is not None
        kept.append(weight.grad.numpy().copy())
    moved = (np.stack(kept) != 0).any(0).reshape(len(weight), -1)
    moved = moved[:, moved.any(0)]
    return float(1 - moved.mean())


def test_it_equals_a_count_over_all_steps() -> None:
    model = network()
    with torch.no_grad():
        model.get_parameter("0.bias")[:5] = torch.tensor([-100.0, -2.0, -3.0, -2.5, -100.0])
    found = shares(model)
    for layer in ("0", "2"):
        assert found[layer] == pytest.approx(counted(model, layer, INPUTS))
    assert found["0"] is not None
    assert found["0"] >= 2 / 12


def test_what_moves_in_one_step_of_the_window_is_not_without_gradient() -> None:
    inputs = torch.zeros(WINDOW, 6, 10)
    inputs[3] = INPUTS[3]
    model = network()
    with torch.no_grad():
        model.get_parameter("0.bias").fill_(0.5)
    found = shares(model, inputs)
    assert found["0"] == pytest.approx(counted(model, "0", inputs[3:4]))


def test_inputs_that_are_always_zero_are_left_out() -> None:
    sparse = INPUTS.clone()
    sparse[..., 4:] = 0
    assert shares(network(), sparse)["0"] == pytest.approx(shares(network(), INPUTS)["0"], abs=0.1)


def test_maps_are_counted_by_channel() -> None:
    model = nn.Sequential(
        nn.Unflatten(1, (1, 10)), nn.Conv1d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3)
    )
    with torch.no_grad():
        model.get_parameter("1.bias")[0] = -100.0
    assert shares(model)["1"] == pytest.approx(1 / 4)


@pytest.mark.parametrize("steps", range(WINDOW))
def test_a_window_that_is_not_full_tells_nothing(steps: int) -> None:
    zeros = ZeroGradients(network())
    stepped(network(), INPUTS[:steps], zeros)
    assert zeros.close() == {}


def test_a_window_goes_on_over_epochs_until_it_is_full() -> None:
    model = network()
    zeros = ZeroGradients(model)
    stepped(model, INPUTS[:-1], zeros)
    assert zeros.close() == {}
    stepped(model, INPUTS[-1:], zeros)
    assert set(zeros.close()) == {"0", "2"}
    assert zeros.close() == {}


def test_a_loop_that_clears_its_gradients_tells_nothing() -> None:
    model = network()
    zeros = ZeroGradients(model)
    for to_none in (False, True):
        for batch in INPUTS:
            torch.autograd.backward(F.cross_entropy(model(batch), LABELS))
            model.zero_grad(set_to_none=to_none)
            zeros.see()
        assert zeros.close() == {}


class Words(nn.Module):
    def __init__(self, *, sparse: bool = False, tied: bool = False) -> None:
        super().__init__()
        self.known = nn.Embedding(50, 10, sparse=sparse)
        self.inner = nn.Linear(10, 10)
        self.out = nn.Linear(10, 50 if tied else 3)
        if tied:
            self.out.weight = self.known.weight
        self.frozen = nn.Linear(10, 10).requires_grad_(False)

    def forward(self, inputs: Tensor) -> Tensor:
        tokens = (inputs.abs() * 3).long() % 5
        out: Tensor = self.out(self.frozen(self.inner(self.known(tokens).mean(1))))
        return out


@pytest.mark.parametrize("sparse", [False, True])
def test_embeddings_and_what_is_frozen_are_not_counted(sparse: bool) -> None:
    assert set(shares(Words(sparse=sparse))) == {"inner", "out"}
    assert set(shares(Words(tied=True))) == {"inner"}


def test_the_meter_tells_it_of_an_epoch_and_changes_nothing() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for foreign in (True, False):  # the first window is full in the second epoch
        meter, told = Meter(model, 1, optimizer=optimizer, foreign=foreign), []
        for steps in (6, WINDOW, WINDOW - 1):
            for batch in islice(cycle(INPUTS), steps * (SPARED if foreign else 1)):
                optimizer.zero_grad()
                loss = F.cross_entropy(model(batch), LABELS)
                torch.autograd.backward(loss)
                before = [p.grad.clone() for p in model.parameters() if p.grad is not None]
                optimizer.step()
                meter.step(loss)
                after = [p.grad for p in model.parameters() if p.grad is not None]
                assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
            told.append("zero_gradient_share" in meter.close())
        assert told == [False, True, False], foreign
