"""Sound loops of every kind that look odd from outside, and the same ones with a fault planted.

Here: what a loop can do to gradients and optimizers, on digits. Learning rates, models, losses and
tasks are in test_traps_more.py, which uses the same `Loop`.
"""

import copy
import io
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from diagnostics import Monitor, preflight
from diagnostics.report import Report
from tests.diagnostics.digits import digits

HELD = 5  # every so-manieth part of the rows is for validation
SAMPLE = 512  # rows that preflight and Monitor are given
CLASSES = 10


def one(loop: "Loop", before: Report) -> list[Monitor]:
    """The monitor that a user would make."""
    known = {"loss_fn": loop.loss_fn, "sample": loop.sample, "total_steps": loop.total_steps}
    return [Monitor(loop.model, loop.optimizer, **known, preflight=before)]


def plain(loop: "Loop", x: Tensor, y: Tensor) -> Tensor:
    """The step of every tutorial."""
    loop.optimizer.zero_grad()
    loss: Tensor = loop.loss_fn(loop.model(x), y)
    loss.backward()  # type: ignore[no-untyped-call]
    loop.optimizer.step()
    return loss


@dataclass
class Loop:
    """One run from its first draw on: what a step needs, and the loss that shows it has learned.

    `step` makes one optimizer step on a batch and returns its loss; `watch` makes the monitors.
    `rows` of the data train, the first of them are the `sample`, the others validate.
    """

    model: nn.Module
    optimizer: Optimizer
    inputs: Tensor
    targets: Tensor
    reaches: float  # mean loss of the last epoch
    loss_fn: Any = field(default_factory=nn.CrossEntropyLoss)
    step: "Callable[[Loop, Tensor, Tensor], Tensor]" = plain
    schedule: LRScheduler | None = None
    watch: "Callable[[Loop, Report], list[Monitor]]" = one
    after_epoch: Callable[[nn.Module], object] = id
    scored: bool = True  # outputs [N, C] against labels [N]
    batch: int = 64
    epochs: int = 8

    @property
    def rows(self) -> int:
        return len(self.inputs) - len(self.inputs) // HELD

    @property
    def sample(self) -> tuple[Tensor, Tensor]:
        rows = min(self.rows, SAMPLE)
        return self.inputs[:rows], self.targets[:rows]

    @property
    def total_steps(self) -> int:
        return self.epochs * -(-self.rows // self.batch)

    def preflight(self, seconds: float = 8.0) -> Report:
        given: dict[str, Any] = {"optimizer": self.optimizer, "seconds": seconds}
        return preflight(self.model, self.loss_fn, *self.sample, **given)


def trained(loop: Loop, monitors: list[Monitor]) -> list[list[float]]:
    """The loss of every step, by epoch."""
    losses = []
    for _ in range(loop.epochs):
        loop.model.train()
        batches = torch.randperm(loop.rows).split(loop.batch)  # type: ignore[no-untyped-call]
        losses.append([_watched(loop, rows, monitors) for rows in batches])
        loop.after_epoch(loop.model)
        scores = _scores(loop)
        for monitor in monitors:
            monitor.epoch(**scores)
    return losses


def _watched(loop: Loop, rows: Tensor, monitors: list[Monitor]) -> float:
    loss = loop.step(loop, loop.inputs[rows], loop.targets[rows])
    for monitor in monitors:
        monitor.step(loss)
    if loop.schedule is not None:
        loop.schedule.step()
    return loss.item()


@torch.no_grad()
def _scores(loop: Loop) -> dict[str, float]:
    """What a loop knows after an epoch, in evaluation mode."""
    loop.model.eval()
    x, y, n = loop.inputs, loop.targets, loop.rows
    outputs = loop.model(x[n:])
    found = {"val_loss": float(loop.loss_fn(outputs, y[n:]))}
    if loop.scored:
        found["val_score"] = float((outputs.argmax(1) == y[n:]).double().mean())
        found["train_score"] = float((loop.model(x[:n]).argmax(1) == y[:n]).double().mean())
    return found


def state(loop: Loop) -> dict[str, Any]:
    """All that preflight must leave as it was, to the last bit."""
    model = loop.model
    return {
        "tensors": _frozen(model.state_dict()),
        "buffers": [_frozen(each) for each in model.buffers()],
        "gradients": [_frozen(p.grad) for p in model.parameters()],
        "trainable": [p.requires_grad for p in model.parameters()],
        "modes": [module.training for module in model.modules()],
        "hooks": [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
        "optimizer": _frozen(loop.optimizer.state_dict()),
        "sample": _frozen(loop.sample),
        "random": (_frozen(torch.get_rng_state()), random.getstate()),
    }


def _frozen(value: Any) -> Any:
    """Tensors as type, shape and bytes; containers as they are."""
    if isinstance(value, Tensor):
        numbers = value.detach().contiguous().reshape(-1).view(torch.uint8)
        return value.dtype, tuple(value.shape), numbers.numpy().tobytes()
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_frozen(each) for each in value]
    return value


def assert_left_alone(loop: Loop, seconds: float) -> Report:
    """What preflight says, once it is seen that it changed nothing."""
    before = state(loop)
    report = loop.preflight(seconds)
    after = state(loop)
    assert not [name for name in before if before[name] != after[name]]
    return report


def assert_healthy(make: Callable[[], Loop]) -> None:
    """The run learns, is called healthy, and is the same run as without us."""
    loop = make()
    report = assert_left_alone(loop, seconds=8.0)
    assert report.healthy, str(report)
    monitors = loop.watch(loop, report)
    losses = trained(loop, monitors)
    assert sum(losses[-1]) / len(losses[-1]) < loop.reaches
    for found in [monitor.report() for monitor in monitors]:
        assert found.healthy, str(found)
        assert found.diagnosis == ()
    monitors.clear()
    ended = _ended(loop)
    _watched(loop, torch.arange(min(loop.batch, loop.rows)), [])
    assert_left_alone(loop, seconds=0.1)  # gradients and the optimizer's state are there now
    unwatched = make()
    assert losses == trained(unwatched, [])
    assert ended == _ended(unwatched)


def _ended(loop: Loop) -> list[Any]:
    found = state(loop)
    return [found[name] for name in ("tensors", "modes", "hooks", "random")]


def assert_found(make: Callable[[], Loop], causes: str) -> None:
    """The last monitor names the fault first: one of `causes`."""
    loop = make()
    monitors = loop.watch(loop, loop.preflight())
    trained(loop, monitors)
    report = monitors[-1].report()
    assert not report.healthy, str(report)
    assert report.diagnosis[0].cause in causes.split(), str(report)


def network(*, dropout: float = 0.0, width: int = 64) -> nn.Sequential:
    """64 → width → width → 10, from seed 0."""
    torch.manual_seed(0)
    first, second = nn.Linear(64, width), nn.Linear(width, width)
    passed = [nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(first, *passed, second, *passed, nn.Linear(width, CLASSES))


def on_digits(model: nn.Module, optimizer: Optimizer | None = None, **more: Any) -> Loop:
    """SGD with momentum unless told otherwise."""
    return Loop(model, optimizer or sgd(model), *digits(), **{"reaches": 0.3} | more)


def sgd(model: nn.Module, lr: float = 0.1) -> Optimizer:
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)


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
    return on_digits(torch.compile(model, backend=backend))  # type: ignore[arg-type]


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
        assert _frozen(pickle.loads(written).state_dict()) == _frozen(loop.model.state_dict())
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
