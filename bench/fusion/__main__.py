"""Sitter's whole studies beside their rivals, on five networks (issue 4).

    python -m bench.fusion [--case digits] [--rounds 5] [--data ../shared/data]

B0 is what a user would write, B1 the best loop over one trial, B2 that loop in a warm process per
core. Ours is everything: service, workers, SQL, reports, verdicts and checkpoints, from the
submission to the end of the study. All take turns within a round. The result file is written where
all cases were measured in full, or where --result names one.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from bench.fusion import table
from bench.fusion.cases import CASES, DATA
from bench.fusion.contest import Contest
from bench.machine import machine

RESULT = Path(__file__).parents[1] / "fusion.json"
LEAST_ROUNDS = 5
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main(arguments: list[str] | None = None) -> None:
    """Measures case by case, prints each, writes the result file."""
    given = _parser().parse_args(arguments)
    for name in THREADS:
        os.environ.pop(name, None)  # B0 is to have torch's own choice
    rows = []
    for name in given.case or CASES:
        with Contest(CASES[name].shortened(given.trials, given.epochs), given.data) as contest:
            rows.append(_row(contest, given.rounds))
        print(table.shown(rows[-1]), end="\n\n", flush=True)
    whole = not (given.case or given.trials or given.epochs) and given.rounds >= LEAST_ROUNDS
    target = given.result or (RESULT if whole else None)
    if target is not None:
        result = {
            "machine": machine("sitter", "torch", "optuna"),
            "unit": "ms a trial, wall time; medians and minima over the rounds",
            "rounds": given.rounds,
            "cases": rows,
        }
        target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _row(contest: Contest, rounds: int) -> dict[str, Any]:
    case = contest.case
    seconds: dict[str, list[float]] = {who: [] for who in [*contest.names, "ours", "cold"]}
    for _ in range(rounds):
        theirs = {who: contest.rival(who) for who in contest.names}
        own = contest.ours()
        for who, trained in theirs.items():
            seconds[who].append(trained.seconds)
        seconds["ours"].append(own.warm)
        seconds["cold"].append(own.cold)
    found = table.times(seconds, {**case.trials, "cold": case.trials["ours"]})
    samples = case.samples(contest.data)
    judged = len(samples.val_labels)
    return {
        "case": case.name,
        "title": case.title,
        "train_samples": len(samples.labels),
        "val_samples": judged,
        "epochs": case.epochs,
        "batch_size": case.batch_size,
        "rivals": contest.tuned,
        "times": found,
        "ratios": table.ratios(case, found),
        "learned": table.learned(own.accuracies, theirs["b1"].accuracies, judged),
        "plans": own.plans,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.fusion", description=__doc__)
    parser.add_argument("--case", action="append", choices=list(CASES), help="only these")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with MNIST's files")
    parser.add_argument("--result", type=Path, help="write it here, whatever was measured")
    parser.add_argument("--trials", type=int, help="at most so many each, to see that it runs")
    parser.add_argument("--epochs", type=int, help="at most so many, to see that it runs")
    return parser


if __name__ == "__main__":
    main()
