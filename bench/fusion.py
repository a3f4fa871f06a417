"""How much faster a stack trains its trials than the plain loop trains them one by one.

    python -m bench.fusion

One thread of the CPU, the MLP 64-64-10 on digits, batches of 64, whole runs with set-up, evaluation
and verdicts. The stack is the eager one of torch.func, without compilation or lowered paths. Both
ways alternate; times are the medians and minima over the rounds, for a trial.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch

from bench.machine import machine
from trainer import run, train_many
from trainer.recipe import Recipe

RESULT = Path(__file__).with_suffix(".json")
WIDTHS = (1, 16, 64)  # trials in a stack
EPOCHS = 3
LEAST, MOST = 1e-3, 0.3  # learning rates, evenly spaced on a log scale


def main() -> None:
    """Measures, prints the table, writes the result file."""
    parser = argparse.ArgumentParser(prog="python -m bench.fusion", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    for warm in (_one_by_one, _stacked):
        warm(2)
    rows = [_row(width, rounds) for width in WIDTHS]
    result = {
        "machine": machine("sitter", "torch"),
        "engine": "eager vmap",
        "unit": "ms a trial",
        "threads": 1,
        "epochs": EPOCHS,
        "rounds": rounds,
        "rows": rows,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"{'trials':>6} {'plain, ms a trial':>20} {'stack, ms a trial':>20} {'times faster':>13}")
    for row in rows:
        plain, stack = (
            f"{row[k]['median']:.1f} ({row[k]['least']:.1f})" for k in ("plain", "stack")
        )
        print(f"{row['trials']:>6} {plain:>20} {stack:>20} {row['times_faster']:>13.2f}")


def _row(width: int, rounds: int) -> dict[str, Any]:
    pairs = [(_one_by_one(width), _stacked(width)) for _ in range(rounds)]
    plain, stack = ([1000 * pair[i] / width for pair in pairs] for i in (0, 1))
    medians = [statistics.median(times) for times in (plain, stack)]
    return {
        "trials": width,
        "plain": {"median": round(medians[0], 2), "least": round(min(plain), 2)},
        "stack": {"median": round(medians[1], 2), "least": round(min(stack), 2)},
        "times_faster": round(medians[0] / medians[1], 2),
    }


def _recipes(width: int) -> list[Recipe]:
    document = {"schedule": "cosine", "epochs": EPOCHS, "data_seed": 0}
    rates = [LEAST * (MOST / LEAST) ** (n / max(1, width - 1)) for n in range(width)]
    return [Recipe.model_validate({**document, "optimizer": {"lr": lr}}) for lr in rates]


def _one_by_one(width: int) -> float:
    began = time.perf_counter()
    for recipe in _recipes(width):
        list(run(recipe, preflight=False))
    return time.perf_counter() - began


def _stacked(width: int) -> float:
    began = time.perf_counter()
    list(train_many(_recipes(width), preflight=False))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
