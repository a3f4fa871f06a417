"""What watching somebody's own loop costs: `Monitor`, profile by profile, and `preflight`.

    python -m bench.watching

One thread of the CPU. A loop with a monitor and the same loop without one train side by side, some
epochs of each in turn and each first in turn, so that what else the machine does falls on both.
The cost of a round is the median over its turns of the difference; the first turn is left out.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from bench.machine import machine
from diagnostics import Monitor, preflight
from diagnostics.report import Report

RESULT = Path(__file__).with_suffix(".json")
ROWS, BATCH, EPOCH, TURNS, EPOCHS = 4096, 64, 64, 9, 4
MOST_PREFLIGHT = 10.0  # s, on LeNet-5


class Case(NamedTuple):
    """A network, the shape of its inputs, and what watching it may cost, % by profile."""

    name: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    most: dict[str, float]


def lenet() -> nn.Module:
    """LeNet-5 for 28×28 pixels, with rectifiers."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


def mlp() -> nn.Module:
    """A step of batch 64 takes about 1 ms."""
    return nn.Sequential(
        nn.Linear(64, 288), nn.ReLU(), nn.Linear(288, 288), nn.ReLU(), nn.Linear(288, 10)
    )


CASES = (
    Case("LeNet-5, batches of 64", lenet, (1, 28, 28), {"standard": 3.0, "cheap": 1.5}),
    Case("MLP, a step of about 1 ms", mlp, (64,), {"standard": 5.0}),
)


class Loop:
    """A user's own loop over data drawn at random; with a monitor where there is a profile."""

    def __init__(self, case: Case, profile: str | None) -> None:
        torch.manual_seed(0)
        self._inputs = torch.randn(ROWS, *case.shape)
        self._targets = (self._inputs.flatten(1) @ torch.randn(self._flat, 10)).argmax(1)
        self._model = case.build()
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=0.01, momentum=0.9)
        self._loss_fn = nn.CrossEntropyLoss()
        self.preflight_seconds = 0.0
        self._monitor = None if profile is None else self._watched(profile)

    @property
    def _flat(self) -> int:
        return self._inputs[0].numel()

    def _watched(self, profile: str) -> Monitor:
        began = time.perf_counter()
        report = self._report()
        self.preflight_seconds = time.perf_counter() - began
        return Monitor(
            self._model,
            self._optimizer,
            loss_fn=self._loss_fn,
            sample=(self._inputs[:256], self._targets[:256]),
            total_steps=TURNS * EPOCHS * EPOCH,
            preflight=report,
            profile=profile,
        )

    def _report(self) -> Report:
        sample = self._inputs[:512], self._targets[:512]
        return preflight(self._model, self._loss_fn, *sample, optimizer=self._optimizer)

    def turn(self) -> float:
        """Some epochs; CPU time of a step, µs."""
        began = time.process_time()
        for _ in range(EPOCHS):
            for rows in torch.randperm(ROWS).split(BATCH):
                self._step(rows)
            if self._monitor is not None:
                self._monitor.epoch(val_loss=1.0, train_score=0.5, val_score=0.5)
        return 1e6 * (time.process_time() - began) / (EPOCHS * EPOCH)

    def _step(self, rows: Tensor) -> None:
        self._optimizer.zero_grad()
        loss = self._loss_fn(self._model(self._inputs[rows]), self._targets[rows])
        loss.backward()
        self._optimizer.step()
        if self._monitor is not None:
            self._monitor.step(loss)


def measure(case: Case, profile: str, rounds: int) -> dict[str, Any]:
    """The row of a case and profile: µs of a step, the share that watching adds, in %."""
    steps, costs, before = [], [], []
    for _ in range(rounds):
        watched, bare = Loop(case, profile), Loop(case, None)
        before.append(watched.preflight_seconds)
        pairs = []
        for number in range(TURNS):
            if number % 2:
                on, off = watched.turn(), bare.turn()
            else:
                off, on = bare.turn(), watched.turn()
            pairs.append((off, on - off))
        steps.append(statistics.median(off for off, _ in pairs[1:]))
        costs.append(statistics.median(cost for _, cost in pairs[1:]))
    share = 100 * statistics.median(costs) / statistics.median(steps)
    return {
        "case": case.name,
        "profile": profile,
        "step_us": round(statistics.median(steps), 1),
        "cost_us": round(statistics.median(costs), 1),
        "least_cost_us": round(min(costs), 1),
        "share_percent": round(share, 2),
        "most_percent": case.most[profile],
        "met": share <= case.most[profile],
        "preflight_s": round(statistics.median(before), 2),
    }


def main() -> None:
    """Measures, prints the table, writes the result file."""
    parser = argparse.ArgumentParser(prog="python -m bench.watching", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    rows = [measure(case, profile, rounds) for case in CASES for profile in case.most]
    slowest = max(row["preflight_s"] for row in rows)
    result = {
        "machine": machine("sitter", "torch"),
        "unit": "µs of CPU time, for a step; medians over the rounds",
        "threads": 1,
        "rounds": rounds,
        "rows": rows,
        "preflight": {
            "most_s": MOST_PREFLIGHT,
            "found_s": slowest,
            "met": slowest < MOST_PREFLIGHT,
        },
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for row in rows:
        met = "met" if row["met"] else "not met"
        print(
            f"{row['case']:<26} {row['profile']:<9} step {row['step_us']:7.0f} µs, "
            f"watching {row['cost_us']:5.0f} µs = {row['share_percent']:.2f} % "
            f"of at most {row['most_percent']:g} %, {met}; preflight {row['preflight_s']:.2f} s"
        )


if __name__ == "__main__":
    main()
