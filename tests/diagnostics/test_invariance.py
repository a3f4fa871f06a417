"""What must not change a verdict: the scale of the loss, the names of layers, how often is logged.

Real small runs under Monitor, sound and faulty, each against the same run told otherwise.
"""

import functools
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics import History, Monitor, Severity, diagnose, judge, load_checks, preflight
from diagnostics.outcome import harm
from diagnostics.report import Report
from diagnostics.signals import SIGNALS, Grain
from tests.diagnostics.digits import digits
from tests.diagnostics.histories import SICK, healthy, multiplied

ROWS, HELD, BATCH, EPOCHS = 320, 480, 32, 8
NAMES = ("first", "bend", "second", "bend2", "last", "end")
LR = 0.1


@dataclass(frozen=True)
class Run:
    """A recipe; `times` multiplies the loss, and divides lr, so that each step is the same."""

    lr: float = LR
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy
    spoil: Callable[[nn.Sequential], object] = id
    inputs: float = 1.0
    shuffled: bool = False
    clears: bool = True
    names: tuple[str, ...] = NAMES
    times: float = 1.0


def zeros(model: nn.Sequential) -> None:
    for parameter in model.parameters():
        nn.init.zeros_(parameter)


def dead(model: nn.Sequential) -> None:
    nn.init.constant_(model[0].get_parameter("bias"), -50.0)


def ends_in_softmax(model: nn.Sequential) -> None:
    model[5] = nn.Softmax(1)


RUNS = {
    "sound": Run(),
    "lr too high": Run(lr=30.0),
    "lr too low": Run(lr=1e-5),
    "all weights zero": Run(spoil=zeros),
    "dead": Run(spoil=dead),
    "softmax twice": Run(spoil=ends_in_softmax),
    "labels shuffled": Run(shuffled=True),
    "inputs 1000 times": Run(inputs=1000.0),
    "never cleared": Run(clears=False, lr=1.0),
}
FAULTY = sorted(set(RUNS) - {"sound"})


@dataclass
class Trial:
    """A run that begins: what is needed to watch it, and `step` by step to train it."""

    run: Run

    def __post_init__(self) -> None:
        inputs, labels = digits()
        order = torch.randperm(ROWS, generator=torch.Generator().manual_seed(1))
        self.inputs = inputs[:HELD] * self.run.inputs
        self.labels = labels[:HELD].clone()
        if self.run.shuffled:
            self.labels[:ROWS] = self.labels[:ROWS][order]
        torch.manual_seed(0)
        layers = [nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)]
        named = zip(self.run.names, [*layers, nn.Identity()], strict=True)
        self.model = nn.Sequential(OrderedDict(named))
        self.run.spoil(self.model)
        lr = self.run.lr / self.run.times
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.5)

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        return self.run.times * self.run.loss(outputs, labels)

    @property
    def sample(self) -> tuple[Tensor, Tensor]:
        return self.inputs[:ROWS], self.labels[:ROWS]

    def preflight(self) -> Report:
        return preflight(self.model, self.loss, *self.sample, optimizer=self.optimizer, seconds=60)

    def train(self, monitor: Monitor) -> Report:
        for epoch in range(EPOCHS):
            order = torch.randperm(ROWS, generator=torch.Generator().manual_seed(epoch))
            right = 0
            for rows in torch.split(order, BATCH):
                if self.run.clears:
                    self.optimizer.zero_grad()
                outputs = self.model(self.inputs[rows])
                loss = self.loss(outputs, self.labels[rows])
                torch.autograd.backward(loss)
                self.optimizer.step()
                monitor.step(loss)
                right += int((outputs.argmax(1) == self.labels[rows]).sum())
            monitor.epoch(train_score=right / ROWS, **self.validation())
        return monitor.report()

    @torch.no_grad()
    def validation(self) -> dict[str, Any]:
        outputs, labels = self.model(self.inputs[ROWS:]), self.labels[ROWS:]
        right = float((outputs.argmax(1) == labels).double().mean())
        return {"val_loss": float(self.loss(outputs, labels)), "val_score": right}


def watched(run: Run, before: Report | None = None, every: int = 10) -> Report:
    trial = Trial(run)
    known = trial.preflight() if before is None else before
    monitor = Monitor(
        trial.model,
        trial.optimizer,
        loss_fn=trial.loss,
        sample=trial.sample,
        preflight=known,
        every=every,
    )
    return trial.train(monitor)


@functools.cache
def begun(name: str) -> Report:
    return Trial(RUNS[name]).preflight()


@functools.cache
def reported(name: str) -> Report:
    return watched(RUNS[name], begun(name))


def told(report: Report) -> tuple[dict[str, str], str | None]:
    """Checks at warning or above with their severity, and the first cause."""
    return worried(report.verdicts), report.diagnosis[0].cause if report.diagnosis else None


def worried(verdicts: Any) -> dict[str, str]:
    return {v.check: v.severity.value for v in verdicts if v.severity.rank >= Severity.WARNING.rank}


def test_the_runs_are_what_they_are_called() -> None:
    assert reported("sound").healthy, str(reported("sound"))
    for name in FAULTY:
        assert not reported(name).healthy, name


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("times", [1 / 7, 5.0], ids=["a seventh", "five times"])
def test_a_multiple_of_the_loss_is_the_same_run(name: str, times: float) -> None:
    report = watched(replace(RUNS[name], times=times))
    assert told(report) == told(reported(name))


@pytest.mark.parametrize("name", ["sound", "all weights zero", "labels shuffled"])
def test_a_sum_over_the_batch_comes_to_the_same_harm(name: str) -> None:
    """Its baseline is that of a batch, however many rows preflight was given."""

    def total(outputs: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(outputs, labels, reduction="sum")

    report = watched(replace(RUNS[name], loss=total, lr=RUNS[name].lr / BATCH))
    assert harm(report.history) is harm(reported(name).history)


@pytest.mark.parametrize("name", RUNS)
def test_the_names_of_the_layers_mean_nothing(name: str) -> None:
    other = ("zeta", "alpha", "mid", "beta", "a", "last")
    report = watched(replace(RUNS[name], names=other))
    assert told(report) == told(reported(name))
    renamed = dict(zip(NAMES, other, strict=True))
    for old, new in zip(reported(name).verdicts, report.verdicts, strict=True):
        assert with_names(old.summary, renamed) == new.summary


def with_names(text: str, renamed: dict[str, str]) -> str:
    parts = text.split("`")  # every other one is a name
    return "`".join(renamed.get(p, p) if n % 2 else p for n, p in enumerate(parts))


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("every", [1, 4])
def test_how_often_is_logged_changes_nothing(name: str, every: int) -> None:
    report = watched(RUNS[name], begun(name), every)
    assert told(report) == told(reported(name))


@pytest.mark.parametrize("name", ["healthy", *sorted(set(SICK) - {"loss_form"})])
@pytest.mark.parametrize("times", [0.2, 6.0])
def test_a_stored_history_may_be_of_any_multiple_of_its_loss(name: str, times: float) -> None:
    history = healthy() if name == "healthy" else SICK[name]()
    before, after = (judge(h, load_checks()) for h in (history, multiplied(history, times)))
    assert worried(before) == worried(after)
    assert [c.cause for c in diagnose(before)][:1] == [c.cause for c in diagnose(after)][:1]


@given(sick=st.sampled_from(sorted(SICK)), names=st.permutations(["fc1", "norm", "relu", "fc2"]))
@settings(max_examples=60, deadline=None)
def test_stored_names_mean_nothing_either(sick: str, names: list[str]) -> None:
    history = SICK[sick]()
    renamed = dict(zip(["fc1", "norm", "relu", "fc2"], names, strict=True))
    kinds = history.facts.kinds
    facts = history.facts
    if kinds is not None:
        facts = replace(facts, kinds={renamed.get(n, n): kind for n, kind in kinds.items()})
    rows = {e: {n: _renamed(n, v, renamed) for n, v in r.items()} for e, r in history.rows.items()}
    before, after = (judge(h, load_checks()) for h in (history, History(facts, rows)))
    assert [(v.check, v.severity, v.causes) for v in before] == [
        (v.check, v.severity, v.causes) for v in after
    ]


def _renamed(signal: str, value: Any, names: dict[str, str]) -> Any:
    if SIGNALS[signal].grain is not Grain.LAYER or signal == "class_share" or value is None:
        return value
    return {names.get(layer, layer): number for layer, number in value.items()}


def test_the_multiples_are_exact_twins() -> None:
    """The losses of the scaled run are the multiples, up to rounding."""
    plain, times = reported("sound"), watched(replace(RUNS["sound"], times=4.0))
    for epoch in range(1, EPOCHS + 1):
        one, other = (r.history.rows[epoch]["train_loss"] for r in (plain, times))
        assert isinstance(one, float)
        assert isinstance(other, float)
        assert math.isclose(4 * one, other, rel_tol=1e-3)
