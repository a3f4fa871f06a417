import copy
import math
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.history import SignalValue
from diagnostics.probes.overfit import overfit

Batches = list[tuple[Tensor, Tensor]]


def some_batches() -> Batches:
    generator = torch.Generator().manual_seed(0)
    inputs, targets = torch.randn(40, 6, generator=generator), torch.arange(40) % 4
    return list(zip(inputs.split(8), targets.split(8), strict=True))


def a_model(dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Dropout(dropout), nn.Linear(64, 4))


def numbers(signal: SignalValue) -> list[float]:
    assert isinstance(signal, list)
    return [math.nan if value is None else value for value in signal]


def test_equals_a_slow_twin() -> None:
    model, batches = a_model(), some_batches()
    found = overfit(model, F.cross_entropy, batches, optimizer=plain, passes=3)

    twin, losses, accuracies = copy.deepcopy(model), [], []
    for done in range(4):
        outputs = [twin(inputs) for inputs, _ in batches]
        pairs = list(zip(outputs, batches, strict=True))
        losses.append(sum(F.cross_entropy(o, t).item() for o, (_, t) in pairs) / 5)
        right = sum((o.argmax(1) == t).sum().item() for o, (_, t) in pairs)
        accuracies.append(right / 40)
        for inputs, targets in batches if done < 3 else []:
            grads = torch.autograd.grad(F.cross_entropy(twin(inputs), targets), twin.parameters())
            with torch.no_grad():
                for parameter, gradient in zip(twin.parameters(), grads, strict=True):
                    parameter -= 0.1 * gradient
    assert numbers(found["subset_loss"]) == pytest.approx(losses, rel=1e-4)
    assert numbers(found["subset_accuracy"]) == pytest.approx(accuracies)


def test_stops_as_soon_as_everything_is_learned() -> None:
    found = overfit(a_model(), F.cross_entropy, some_batches(), optimizer=adam, passes=500)
    losses = numbers(found["subset_loss"])
    assert len(losses) < 200
    assert losses[-1] < 0.01 * losses[0] <= losses[-2]
    assert numbers(found["subset_accuracy"])[-1] == 1.0


def test_stops_when_the_loss_is_no_longer_finite() -> None:
    found = overfit(a_model(), F.cross_entropy, some_batches(), optimizer=violent, passes=50)
    losses = numbers(found["subset_loss"])
    assert not math.isfinite(losses[-1])
    assert all(map(math.isfinite, losses[:-1]))


def test_the_model_and_the_random_numbers_stay_as_they_were() -> None:
    model = a_model(dropout=0.5)
    model(torch.randn(3, 6)).sum().backward()
    weights = copy.deepcopy(model.state_dict())
    gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    state = torch.get_rng_state()
    overfit(model, F.cross_entropy, some_batches(), optimizer=plain, passes=2)
    assert model.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    after = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(torch.equal(a, b) for a, b in zip(gradients, after, strict=True))


def test_dropout_is_off() -> None:
    signals = [
        overfit(a_model(p), F.cross_entropy, some_batches(), optimizer=plain, passes=2)
        for p in (0.0, 0.9)
    ]
    assert signals[0] == signals[1]


def test_regression_has_no_accuracy() -> None:
    batches = [(torch.randn(8, 6), torch.randn(8, 4))]
    found = overfit(a_model(), F.mse_loss, batches, optimizer=plain, passes=2)
    assert set(found) == {"subset_loss"}


def test_refuses_no_batches() -> None:
    with pytest.raises(ValueError, match="at least one batch"):
        overfit(a_model(), F.cross_entropy, [], optimizer=plain, passes=2)


def plain(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.1)


def violent(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=1e12)


def adam(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=3e-2)
