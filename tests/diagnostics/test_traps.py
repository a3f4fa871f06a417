"""Sound loops of every kind that look odd from outside, and the same ones with a fault planted.

Here: what a loop can do to gradients and optimizers, on digits. Learning rates, models, losses and
tasks are in test_traps_more.py.
"""

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics import Monitor
from diagnostics.report import Report
from tests.diagnostics.loops import (
    CLASSES,
    Loop,
    assert_found,
    assert_healthy,
    frozen,
    network,
    on_digits,
    one,
    plain,
    sgd,
)


def mixed_precision(clears: bool = True) -> Loop:
    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        if clears:
            loop.optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss: Tensor = loop.loss_fn(loop.model(x), y)
        loss.backward()  # type: ignore[no-untyped-call]
        loop.optimizer.step()
        return loss

    return on_digits(network(), step=step)


def scaled_gradients() -> Loop:
    """Gradients are 65536 times as large until they are unscaled, and clipped then."""
    scaler = torch.amp.GradScaler("cpu", growth_interval=20)

    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        loop.optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss: Tensor = loop.loss_fn(loop.model(x), y)
        scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        scaler.unscale_(loop.optimizer)
        nn.utils.clip_grad_norm_(loop.model.parameters(), 1.0)
        scaler.step(loop.optimizer)
        scaler.update()
        return loss

    return on_digits(network(), step=step)


def compiled(backend: str = "aot_eager", zeros: bool = False) -> Loop:
    torch._dynamo.reset()
    model = network()
    for parameter in model.parameters() if zeros else []:
        nn.init.zeros_(parameter)
    made: Any = torch.compile(model, backend=backend)
    return on_digits(made)


def accumulated(lr: float = 0.1) -> Loop:
    """Four backward passes for each step."""

    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        loop.optimizer.zero_grad()
        parts = zip(x.chunk(4), y.chunk(4), strict=True)
        losses = [loop.loss_fn(loop.model(a), b) / 4 for a, b in parts]
        for loss in losses:
            loss.backward()
        loop.optimizer.step()
        return torch.stack(losses).sum()

    model = network()
    return on_digits(model, sgd(model, lr), step=step)


def cleared_at_once(to_none: bool) -> Loop:  # nothing is left when the monitor looks
    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        loss: Tensor = loop.loss_fn(loop.model(x), y)
        loss.backward()  # type: ignore[no-untyped-call]
        loop.optimizer.step()
        loop.optimizer.zero_grad(set_to_none=to_none)
        return loss

    return on_digits(network(), step=step)


def two_optimizers(apart: bool, clears: bool = True) -> Loop:
    """One for each half; `apart` gives each a monitor, else the first has one for the whole."""
    model = network()
    first, second = sgd(model[:3]), torch.optim.AdamW(model[3:].parameters(), lr=3e-3)

    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        if clears:
            second.zero_grad()
        loss = plain(loop, x, y)
        second.step()
        return loss

    def watch(loop: Loop, _: Report) -> list[Monitor]:
        halves = zip((model[:3], model[3:]), (first, second), strict=True)
        return [Monitor(half, own, total_steps=loop.total_steps) for half, own in halves]

    return on_digits(model, first, step=step, watch=watch if apart else one)


def adversarial(clears: bool = True) -> Loop:
    """A classifier that must tell invented digits too, and whose gradient trains their inventor."""
    model = network()
    model[-1] = nn.Linear(64, CLASSES + 1)
    inventor = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.Sigmoid())
    invents = torch.optim.Adam(inventor.parameters(), lr=1e-3)

    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        made = inventor(torch.randn(len(x), 16))
        if clears:
            loop.optimizer.zero_grad()
        unreal = F.cross_entropy(model(made.detach()), torch.full_like(y, CLASSES))
        loss: Tensor = loop.loss_fn(model(x), y) + unreal
        loss.backward()  # type: ignore[no-untyped-call]
        loop.optimizer.step()
        invents.zero_grad()
        seen_through = -F.log_softmax(model(made), 1)[:, :CLASSES].logsumexp(1).mean()
        seen_through.backward()  # type: ignore[no-untyped-call]
        invents.step()
        return loss

    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    return on_digits(model, optimizer, step=step, reaches=1.0, epochs=12)


def quasi_newton() -> Loop:
    model = network()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5)

    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        def closure() -> Tensor:
            optimizer.zero_grad()
            loss: Tensor = loop.loss_fn(model(x), y)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        return torch.as_tensor(optimizer.step(closure))  # type: ignore[no-untyped-call]

    return on_digits(model, optimizer, step=step, batch=2000, epochs=30)


def averaged() -> Loop:
    """A moving average of the weights, by way of a copy, and a copy kept after each step."""
    model = network()
    average = copy.deepcopy(model)

    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        loss = plain(loop, x, y)
        with torch.no_grad():
            for kept, now in zip(average.parameters(), model.parameters(), strict=True):
                kept.lerp_(now, 0.01)
        assert not copy.deepcopy(model)._forward_pre_hooks
        return loss

    return on_digits(model, step=step)


def saved() -> Loop:
    """The whole model is written in each step, and read where nothing of ours is."""

    def step(loop: Loop, x: Tensor, y: Tensor) -> Tensor:
        loss = plain(loop, x, y)
        torch.save(loop.model, io.BytesIO())
        written = pickle.dumps(loop.model)
        assert b"diagnostics" not in written
        assert frozen(pickle.loads(written).state_dict()) == frozen(loop.model.state_dict())
        return loss

    return on_digits(network(), step=step)


HEALTHY: dict[str, Callable[[], Loop]] = {
    "mixed precision": mixed_precision,
    "scaled gradients": scaled_gradients,
    "compiled": compiled,
    "accumulation": accumulated,
    "gradients set to None at once": lambda: cleared_at_once(to_none=True),
    "gradients set to 0 at once": lambda: cleared_at_once(to_none=False),
    "two optimizers, first watched": lambda: two_optimizers(apart=False),
    "two optimizers, both watched": lambda: two_optimizers(apart=True),
    "adversarial": adversarial,
    "LBFGS": quasi_newton,
    "averaged weights": averaged,
    "saved": saved,
}

SICK: dict[str, tuple[Callable[[], Loop], str]] = {
    "mixed precision, gradients kept": (lambda: mixed_precision(False), "missing_zero_grad"),
    "compiled, weights 0": (lambda: compiled(zeros=True), "symmetric_init"),
    "accumulation, lr 30": (lambda: accumulated(lr=30.0), "lr_too_high"),
    "two optimizers, one kept": (lambda: two_optimizers(True, clears=False), "missing_zero_grad"),
    "adversarial, gradients kept": (lambda: adversarial(clears=False), "missing_zero_grad"),
}


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # inductor's own
def test_a_loop_compiled_by_inductor_is_healthy() -> None:
    assert_healthy(lambda: compiled("inductor"))


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY)
def test_a_sound_loop_is_healthy_and_left_alone(make: Callable[[], Loop]) -> None:
    assert_healthy(make)


@pytest.mark.parametrize(("make", "causes"), SICK.values(), ids=SICK)
def test_a_fault_in_the_same_loop_is_named(make: Callable[[], Loop], causes: str) -> None:
    assert_found(make, causes)
