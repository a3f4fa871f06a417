"""What the diagnostics cost: the profile `cheap`, beside `none`, which measures and judges nothing.

    python -m bench.diagnostics

One thread of the CPU. Both train side by side, an epoch of each in turn and each first in turn, so
that what else the machine does falls on both. The cost of a round is the median over its epochs of
the difference; set-up and the first epoch are left out, evaluation is not. Medians and minima are
over the rounds. The stack trains at all the learning rates, the plain loop at one a round.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from bench.machine import machine
from trainer import run, train_many
from trainer.events import EpochEnded, Event, Started
from trainer.recipe import Diagnostics, Recipe

RESULT = Path(__file__).with_suffix(".json")
ON, OFF = Diagnostics(profile="cheap", stop_on="never"), Diagnostics(profile="none")
WIDTH = 32  # trials in the stack
LEAST, MOST = 1e-3, 0.3  # learning rates, evenly spaced on a log scale
LONG_STEP = 5.0  # ms; the target for a step's share is for steps that take as long
MOST_OF_STEP = 1.5  # % of such a step
MOST_OF_PLAIN = 1 / 8  # a trial's cost in the stack, as a share of that in the plain loop
SMALL = {"schedule": "cosine", "epochs": 20, "data_seed": 0}  # the MLP 64-64-10 on digits
LARGE = {
    "data": {"name": "blobs", "samples": 10_000, "features": 784, "classes": 10, "noise": 10.0},
    "model": {"name": "mlp", "hidden": [256, 256]},
    "optimizer": {"lr": 1e-3},
    "epochs": 32,  # 512 steps: one in ten is sampled, more of them in a run of fewer than 500
    "batch_size": 512,
}


@dataclass(frozen=True)
class Round:
    """CPU time of a trial's epoch with diagnostics and without, and of their difference, µs."""

    steps: int
    on: float
    off: float
    cost: float


def main() -> None:
    """Measures, prints the table and the targets, writes the result file."""
    parser = argparse.ArgumentParser(prog="python -m bench.diagnostics", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    rates = [LEAST * (MOST / LEAST) ** (n / (WIDTH - 1)) for n in range(WIDTH)]
    small = [Recipe.model_validate({**SMALL, "optimizer": {"lr": lr}}) for lr in rates]
    large = Recipe.model_validate(LARGE)
    plain = [_round([small[n * WIDTH // rounds]]) for n in range(rounds)]
    stack = [_round(small) for _ in range(rounds)]
    long = [_round([large]) for _ in range(rounds)]
    result = {
        "machine": machine("sitter", "torch"),
        "unit": "µs of CPU time, for an epoch of a trial",
        "threads": 1,
        "rounds": rounds,
        "rows": {
            "plain": _row(plain),
            f"stack of {WIDTH}": _row(stack),
            "plain, long step": _row(long),
        },
        "targets": [_of_plain(plain, stack), _of_step(long)],
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _print(result)


class Timed:
    """One recipe in the plain loop, or several in a stack; set up, but not begun."""

    def __init__(self, recipes: Sequence[Recipe], diagnostics: Diagnostics) -> None:
        self._width = len(recipes)
        self._diagnostics = diagnostics
        self._events = _events(recipes, diagnostics)
        started = next(self._events)
        assert isinstance(started, Started)
        self.steps = started.steps_per_epoch

    def epoch(self) -> float:
        """Trains one; a trial's share of the CPU time, µs."""
        began, told = time.process_time(), 0
        while told < self._width:
            event = next(self._events)
            if isinstance(event, EpochEnded):
                told += 1
                self._check(event)
        return 1e6 * (time.process_time() - began) / self._width

    def _check(self, event: EpochEnded) -> None:
        """A comparison with what measures in secret would flatter."""
        if bool(event.signals) != self._diagnostics.measures:
            profile = self._diagnostics.profile
            raise RuntimeError(f"with the profile {profile} it measured {list(event.signals)}")


def _events(recipes: Sequence[Recipe], diagnostics: Diagnostics) -> Iterator[Event]:
    if len(recipes) == 1:
        yield from run(recipes[0], preflight=False, diagnostics=diagnostics)
    else:
        told = train_many(recipes, preflight=False, diagnostics=diagnostics)
        yield from (event for _, event in told)


def _round(recipes: Sequence[Recipe]) -> Round:
    watched, bare = Timed(recipes, ON), Timed(recipes, OFF)
    pairs = []
    for number in range(recipes[0].epochs):
        if number % 2:
            on, off = watched.epoch(), bare.epoch()
        else:
            off, on = bare.epoch(), watched.epoch()
        pairs.append((on, off, on - off))
    middles = [statistics.median(times) for times in zip(*pairs[1:], strict=True)]
    return Round(bare.steps, *middles)


def _row(rounds: Sequence[Round]) -> dict[str, Any]:
    found = {name: [getattr(r, name) for r in rounds] for name in ("on", "off", "cost")}
    found["cost of a step"] = [r.cost / r.steps for r in rounds]
    return {
        name: {"median": round(statistics.median(times), 1), "least": round(min(times), 1)}
        for name, times in found.items()
    }


def _of_plain(plain: Sequence[Round], stack: Sequence[Round]) -> dict[str, Any]:
    share = _cost(stack) / _cost(plain)
    return {
        "target": "cost of a trial in the stack, as a share of that in the plain loop",
        "most": MOST_OF_PLAIN,
        "found": round(share, 4),
        "met": share <= MOST_OF_PLAIN,
    }


def _of_step(long: Sequence[Round]) -> dict[str, Any]:
    without = statistics.median(r.off for r in long)
    share, step = 100 * _cost(long) / without, without / long[0].steps / 1000
    return {
        "target": f"cost, as a share of a step of {LONG_STEP:g} ms or more, %",
        "most": MOST_OF_STEP,
        "found": round(share, 2),
        "met": share <= MOST_OF_STEP and step >= LONG_STEP,
        "step_ms": round(step, 2),
    }


def _cost(rounds: Sequence[Round]) -> float:
    return statistics.median(r.cost for r in rounds)


def _print(result: dict[str, Any]) -> None:
    print(f"{'median (least), µs':<20} {'with':>22} {'without':>22} {'cost':>20}")
    for name, row in result["rows"].items():
        shown = [f"{row[k]['median']:.0f} ({row[k]['least']:.0f})" for k in ("on", "off", "cost")]
        print(f"{name:<20} {shown[0]:>22} {shown[1]:>22} {shown[2]:>20}")
    for target in result["targets"]:
        met = "met" if target["met"] else "not met"
        print(f"{target['target']}: {target['found']:g} of at most {target['most']:g}, {met}")


if __name__ == "__main__":
    main()
