"""A loop as users write one, watched from outside, and what must hold of it before and after."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
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
        batches = torch.split(torch.randperm(loop.rows), loop.batch)
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
        "tensors": frozen(model.state_dict()),
        "buffers": [frozen(each) for each in model.buffers()],
        "gradients": [frozen(p.grad) for p in model.parameters()],
        "trainable": [p.requires_grad for p in model.parameters()],
        "modes": [module.training for module in model.modules()],
        "hooks": [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
        "optimizer": frozen(loop.optimizer.state_dict()),
        "sample": frozen(loop.sample),
        "random": (frozen(torch.get_rng_state()), random.getstate()),
    }


def frozen(value: Any) -> Any:
    """Tensors as type, shape and bytes; containers as they are."""
    if isinstance(value, Tensor):
        numbers = value.detach().contiguous().reshape(-1).view(torch.uint8)
        return value.dtype, tuple(value.shape), numbers.numpy().tobytes()
    if isinstance(value, dict):
        return {key: frozen(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [frozen(each) for each in value]
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
