"""Short courses on copies, against a loop written by hand; and that the run never notices."""

import copy
import math
import random
from collections.abc import Callable
from statistics import fmean
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from diagnostics.probes import lr_test
from diagnostics.probes.lr_test import FACTORS, FEWEST_ROWS, PARTS, STEPS, LrTest
from tests.diagnostics.digits import digits, mlp

ROWS = 256


def sample(rows: int = ROWS) -> tuple[Tensor, Tensor]:
    inputs, labels = digits()
    return inputs[:rows], labels[:rows]


def sgd(model: nn.Module, lr: float = 0.01) -> Optimizer:
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)


def made(model: nn.Module, optimizer: Optimizer, loss_fn: Any = F.cross_entropy) -> LrTest:
    return LrTest(model, optimizer, loss_fn, sample())


def regularised() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 10)
    )


def begun(model: nn.Module, optimizer: Optimizer, steps: int = 3) -> None:
    """The run has a past: momentum, running statistics, gradients."""
    inputs, labels = sample()
    for i in range(steps):
        optimizer.zero_grad()
        rows = slice(32 * i, 32 * i + 32)
        F.cross_entropy(model(inputs[rows]), labels[rows]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def course(signals: dict[str, Any], name: str) -> list[float]:
    found: list[float] = signals[f"lr_test_{name}"]
    return found


def fall(signals: dict[str, Any], name: str) -> float:
    return fmean(course(signals, "before")) - fmean(course(signals, name))


def test_each_course_is_plain_training_on_every_second_row() -> None:
    model = mlp()
    own = sgd(model)
    begun(model, own)
    found = made(model, own).run(batch=1000)
    (inputs, labels) = sample()
    for name, factor in FACTORS.items():
        pupil, optimizer = copy.deepcopy((model, own))
        for group in optimizer.param_groups:
            group["lr"] *= factor
        for _ in range(STEPS if factor else 0):
            optimizer.zero_grad()
            F.cross_entropy(pupil(inputs[::2]), labels[::2]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        measured = zip(pupil(inputs[1::2]).chunk(PARTS), labels[1::2].chunk(PARTS), strict=True)
        expected = [F.cross_entropy(*part).item() for part in measured]
        assert course(found, name) == pytest.approx(expected, rel=1e-4)


def test_every_group_has_its_lr_multiplied() -> None:
    model = mlp()

    def grouped(lr: float) -> Optimizer:
        first: dict[str, Any] = {"params": list(model[0].parameters()), "lr": lr}
        return torch.optim.SGD([first, {"params": list(model[2].parameters())}], lr=1e-3)

    one, both = (made(model, grouped(lr)).run() for lr in (0.0, 1e-3))
    for found in (one, both):
        assert fall(found, "higher") == pytest.approx(3 * fall(found, "same"), rel=0.1)
    assert fall(both, "same") > 1.2 * fall(one, "same")


def test_too_low_an_lr_falls_three_times_as_fast_at_three_times_it() -> None:
    model = mlp()
    found = made(model, sgd(model, lr=1e-5)).run(batch=64)
    assert fall(found, "lower") == pytest.approx(0.3 * fall(found, "same"), rel=0.05)
    assert fall(found, "higher") == pytest.approx(3 * fall(found, "same"), rel=0.05)


def test_noise_learned_by_heart_is_no_fall() -> None:
    torch.manual_seed(1)
    inputs, labels = torch.randn(ROWS, 64), torch.randint(10, (ROWS,))
    model = nn.Linear(64, 10)
    nn.init.zeros_(model.weight)
    found = LrTest(model, sgd(model, lr=0.1), F.cross_entropy, (inputs, labels)).run()
    assert all(fall(found, name) < 0 for name in ("lower", "same", "higher"))


def everything(model: nn.Module, optimizer: Optimizer) -> dict[str, Any]:
    """All that the run would go on from, and the draws that it would make."""
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    return {
        "model": state,
        "gradients": [None if p.grad is None else p.grad.clone() for p in model.parameters()],
        "modes": [module.training for module in model.modules()],
        "optimizer": copy.deepcopy(optimizer.state_dict()),
        "torch": torch.get_rng_state(),
        "python": random.getstate(),
        "numpy": np.random.get_state(legacy=False)["state"]["key"].tolist(),
    }


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return bool(a == b)


def drawing(outputs: Tensor, targets: Tensor) -> Tensor:
    """A loss that draws from every generator."""
    scale = random.random() + float(np.random.rand())
    return F.cross_entropy(outputs, targets) + 0 * scale * torch.rand(())


@pytest.mark.parametrize("make", [torch.optim.Adam, torch.optim.SGD, torch.optim.RMSprop])
@pytest.mark.parametrize("training", [True, False])
def test_the_run_is_left_bit_by_bit_as_it_was(
    make: Callable[..., Optimizer], training: bool
) -> None:
    model = regularised()
    optimizer = make(model.parameters(), lr=0.01)
    torch.optim.lr_scheduler.StepLR(optimizer, 10)
    begun(model, optimizer)
    test = made(model, optimizer, drawing)
    test.see()
    model.train(training)
    model[1].train(not training)
    before = everything(model, optimizer)
    assert test.run(batch=32, clip_norm=1.0)
    assert equal(before, everything(model, optimizer))


def test_a_failed_test_leaves_it_so_too() -> None:
    model = regularised()
    optimizer = sgd(model)
    begun(model, optimizer)
    calls = iter(range(10))

    def fails_later(outputs: Tensor, targets: Tensor) -> Tensor:
        if next(calls) == 9:
            raise ValueError("what a user's loss may say")
        return drawing(outputs, targets)

    before = everything(model, optimizer)
    assert made(model, optimizer, fails_later).run() == {}
    assert equal(before, everything(model, optimizer))


def test_a_loss_that_reads_the_runs_own_weights_leaves_no_gradient_there() -> None:
    model = mlp()
    weight = next(model.parameters())

    def penalised(outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs, targets) + 1e-3 * weight.square().sum()

    assert made(model, sgd(model), penalised).run()
    assert all(p.grad is None for p in model.parameters())


def test_dropout_is_on_as_in_the_run_even_where_the_epoch_ended_in_evaluation() -> None:
    heavy, light = (nn.Sequential(nn.Dropout(p), mlp()) for p in (0.9, 0.0))
    falls = []
    for model in (heavy, light):
        test = made(model, sgd(model, lr=0.1))
        test.see()
        model.eval()
        falls.append(fall(test.run(), "same"))
    assert falls[0] < 0.8 * falls[1]


def test_modules_that_the_run_keeps_in_evaluation_stay_there() -> None:
    frozen, light = (nn.Sequential(nn.Dropout(p), mlp()) for p in (0.9, 0.0))
    frozen[0].eval()
    tests = [made(model, sgd(model)) for model in (frozen, light)]
    for test in tests:
        test.see()
    frozen.train()
    assert tests[0].run() == tests[1].run()


def test_gradients_are_clipped_as_the_runs_are() -> None:
    model = mlp()
    free, clipped = (made(model, sgd(model)).run(clip_norm=norm) for norm in (None, 1e-3))
    assert 0 < fall(clipped, "same") < 0.1 * fall(free, "same")


def test_a_compiled_model_is_tried_as_the_plain_one() -> None:
    model = mlp()
    compiled: Any = torch.compile(model, backend="eager")
    assert made(compiled, sgd(model)).run() == made(model, sgd(model)).run()


def test_a_course_that_loses_the_loss_is_recorded_with_none_in_it() -> None:
    model = mlp()
    found = made(model, sgd(model, lr=1e30)).run()
    assert None not in course(found, "before")
    assert None in course(found, "higher")


class Uncopied(nn.Module):
    """Holds what deepcopy refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = mlp()
        self.rows = (row for row in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """As the inner one."""
        found: Tensor = self.inner(x)
        return found


def lost(outputs: Tensor, targets: Tensor) -> Tensor:
    return outputs.sum() * math.nan


def refuses(outputs: Tensor, targets: Tensor) -> Tensor:
    raise KeyError("autocast")


def test_what_cannot_be_tried_gives_no_signal() -> None:
    model, stuck = mlp(), Uncopied()
    asks = torch.optim.LBFGS(model.parameters())
    few = LrTest(model, sgd(model), F.cross_entropy, sample(FEWEST_ROWS - 1))
    spread = mlp()
    spread.no_sync = nn.Identity()
    tests = [
        made(stuck, sgd(stuck)),
        made(model, asks),
        made(model, sgd(model), lost),
        made(model, sgd(model), refuses),
        made(spread, sgd(spread)),
        few,
    ]
    assert [test.run() for test in tests] == [{}] * len(tests)


def test_a_test_that_takes_too_long_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = mlp()
    assert made(model, sgd(model)).run(seconds=-1.0) == {}
    monkeypatch.setattr(lr_test, "STEPS", 2)
    assert made(model, sgd(model)).run(seconds=60.0)
