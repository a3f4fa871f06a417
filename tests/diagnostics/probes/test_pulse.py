"""What a loop does between two steps, with loops that do it right and wrong."""

import copy
import gc
import io
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.pulse import Cut, Pulse
from tests.diagnostics.digits import digits, mlp

Step = Callable[[nn.Module, torch.optim.Optimizer, Tensor, Tensor], None]


def backward(model: nn.Module, inputs: Tensor, labels: Tensor, sign: float = 1.0) -> None:
    torch.autograd.backward(sign * F.cross_entropy(model(inputs), labels))


def sound(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad()
    backward(model, x, y)
    optimizer.step()


def kept_as_zeros(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad(set_to_none=False)
    backward(model, x, y)
    optimizer.step()


def cleared_after(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    backward(model, x, y)
    optimizer.step()
    optimizer.zero_grad()


def accumulated(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad()
    for inputs, labels in zip(x.chunk(4), y.chunk(4), strict=True):
        backward(model, inputs, labels, 0.25)
    optimizer.step()


def clipped(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad()
    backward(model, x, y)
    nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()


def never_cleared(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    backward(model, x, y)
    optimizer.step()


def uphill(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    optimizer.zero_grad()
    backward(model, x, y)
    with torch.no_grad():
        for parameter in model.parameters():
            assert parameter.grad is not None
            parameter.add_(parameter.grad, alpha=0.05)


def beaten(step: Step, *, steps: int = 12, model: nn.Module | None = None) -> dict[str, object]:
    model = model or mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    pulse = Pulse(model)
    inputs, labels = digits()
    for number in range(steps):
        rows = slice(16 * number, 16 * number + 16)
        pulse.arm()
        step(model, optimizer, inputs[rows], labels[rows])
        pulse.beat()
    return dict(pulse.close())


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (sound, 0.0),
        (kept_as_zeros, 0.0),
        (accumulated, 0.0),
        (clipped, 0.0),
        (never_cleared, 11 / 12),  # the first step has nothing to keep
    ],
)
def test_gradients_of_earlier_steps(step: Step, share: float) -> None:
    found = beaten(step)
    assert found.get("stale_gradient", 0.0) == pytest.approx(share, abs=0.1)


def test_a_loop_that_clears_at_its_end_leaves_nothing_to_compare() -> None:
    assert "stale_gradient" not in beaten(cleared_after)
    assert "downhill" not in beaten(cleared_after)


@pytest.mark.parametrize(("step", "cosine"), [(sound, 1.0), (accumulated, 1.0), (uphill, -1.0)])
def test_plain_descent_goes_straight_down(step: Step, cosine: float) -> None:
    assert beaten(step)["downhill"] == pytest.approx(cosine, abs=1e-3)


def test_momentum_equals_the_cosine_computed_by_hand() -> None:
    model, pulse_model = mlp(), mlp()
    cosines = []
    for which, watched in ((model, False), (pulse_model, True)):
        optimizer = torch.optim.SGD(which.parameters(), lr=0.1, momentum=0.9)
        pulse = Pulse(which)
        bias = which.get_parameter("2.bias")  # the smallest tensor
        inputs, labels = digits()
        for number in range(9):
            rows = slice(16 * number, 16 * number + 16)
            before = bias.detach().clone()
            if watched:
                pulse.arm()
            sound(which, optimizer, inputs[rows], labels[rows])
            if watched:
                pulse.beat()
            assert bias.grad is not None
            moved = before - bias.detach()
            cosines.append(float(F.cosine_similarity(moved, bias.grad, dim=0)))
    first, second = sorted(cosines[:9]), sorted(cosines[9:])
    assert first == second  # being watched changes nothing
    assert pulse.close()["downhill"] == pytest.approx(first[4], abs=1e-5)


def test_the_mode_and_the_rows_of_each_step_are_seen() -> None:
    found = beaten(sound)
    assert (found["evaluation_mode"], found["batch_size"]) == (0.0, 16.0)
    model = mlp()

    def half(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        model.train(not model.training)
        sound(model, optimizer, x, y)

    assert beaten(half, model=model)["evaluation_mode"] == 0.5


def test_closing_begins_a_fresh_epoch() -> None:
    pulse = Pulse(mlp())
    pulse.arm()
    pulse.beat()
    assert pulse.close()["evaluation_mode"] == 0.0
    assert "evaluation_mode" not in pulse.close()


def test_a_model_without_weights_is_watched_all_the_same() -> None:
    pulse = Pulse(nn.ReLU())
    pulse.arm()
    pulse.beat()
    assert pulse.close()["evaluation_mode"] == 0.0


def test_the_hooks_go_when_nobody_watches_any_more() -> None:
    model = mlp()
    pulse = Pulse(model)
    pulse.arm()
    pulse.beat()
    assert not model._forward_pre_hooks
    del pulse
    gc.collect()
    assert not any(p._backward_hooks for p in model.parameters())


def test_a_watched_model_is_copied_saved_and_pickled() -> None:
    model = mlp()
    pulse = Pulse(model)
    pulse.arm()
    inputs, labels = digits()
    backward(model, inputs[:8], labels[:8])
    copy.deepcopy(model)
    pickle.dumps(model)
    torch.save(model.state_dict(), io.BytesIO())
    pulse.beat()
    assert pulse.close()["evaluation_mode"] == 0.0


def average_of_three(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor
) -> None:
    optimizer.zero_grad()
    backward(model, x, y, 3.0)
    for parameter in model.parameters():
        assert parameter.grad is not None
        parameter.grad.div_(3)
    optimizer.step()


def clipped_by_value(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor
) -> None:
    optimizer.zero_grad()
    backward(model, x, y)
    nn.utils.clip_grad_value_(model.parameters(), 0.01)
    optimizer.step()


def scaled(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    """As a loss scaler does it, which changes its factor now and then."""
    factor = 2.0 ** (16 - int(y[0]) % 3)
    optimizer.zero_grad()
    backward(model, x, y, factor)
    for parameter in model.parameters():
        assert parameter.grad is not None
        parameter.grad.div_(factor)
    optimizer.step()


def scaled_and_clipped(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor
) -> None:
    optimizer.zero_grad()
    backward(model, x, y, 1024.0)
    for parameter in model.parameters():
        assert parameter.grad is not None
        parameter.grad.div_(1024)
    nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()


@pytest.mark.parametrize("step", [clipped, scaled_and_clipped])
def test_steps_whose_gradient_was_shortened_are_counted(step: Step) -> None:
    assert beaten(step)["clipped_steps"] == 1.0


@pytest.mark.parametrize(
    "step", [sound, accumulated, never_cleared, average_of_three, scaled, clipped_by_value]
)
def test_other_gradients_were_not_clipped(step: Step) -> None:
    assert beaten(step)["clipped_steps"] == 0.0


@pytest.mark.parametrize(
    ("lengths", "share"),
    [
        ([], 0.0),
        ([1.0, 1.0, 0.9995], 0.0),
        ([1.0, 0.7, 0.8, 0.9], 0.75),
        ([0.7], 0.0),  # one alone may be an average's
        ([1 / 3, 1 / 3, 1 / 3], 0.0),
        ([2**-16, 2**-15, 2**-14], 0.0),
        ([4.0, 3.1, 2.2], 0.0),  # what was kept is longer
        ([float("nan"), 0.0, 0.7, 0.8], 1.0),
        ([0.7, 0.8, *[1.0] * 16], 0.0),  # the latest count
    ],
)
def test_only_factors_below_one_that_differ_are_clipping(
    lengths: list[float], share: float
) -> None:
    assert Cut().share(lengths) == share


def test_clipping_is_remembered_from_epoch_to_epoch() -> None:
    cut = Cut()
    assert cut.share([0.7]) == 0.0
    assert cut.share([0.8]) == 1.0
