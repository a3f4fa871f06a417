"""How many slots are busy while a study with refill is trained, moment by moment (issue 4).

    python -m bench.occupancy [--trials 256]

A study on digits under `stopping: halving`, trained by service and workers that have trained such a
study before. A slot is busy from the start of an attempt to its end, as the service recorded them;
a worker has as many slots as its plan is wide, or as it asked for where it has no plan. The share
is of all slots' time until the last waiting trial was handed out. Draws bench/occupancy.svg; the
result file is written where the trials are as many as issue 4 has.
"""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.fleet import Running, fresh_fleet
from bench.machine import machine
from bench.step_plot import step_plot
from sitter.answers import Lease

RESULT = Path(__file__).with_suffix(".json")
AIM = 0.85  # of all slots' time
TRIALS = 256
STUDY = {
    "name": "occupancy",
    "recipe": {
        "data": "digits",
        "model": {"name": "mlp", "hidden": [64]},
        "optimizer": {"name": "sgd", "momentum": 0.9},
        "schedule": "cosine",
        "epochs": 20,
    },
    "space": {
        "optimizer.lr": {"log_uniform": [1e-4, 1.0]},
        "optimizer.weight_decay": {"log_uniform": [1e-6, 1e-1]},
    },
    "stopping": "halving",
}


@dataclass(frozen=True)
class Attempt:
    """When a worker held a trial, s."""

    worker: int
    start: float
    stop: float


@dataclass(frozen=True)
class Curve:
    """`busy[i]` slots from `times[i]` to `times[i + 1]`, s; the last is when all had ended."""

    times: list[float]
    busy: list[int]

    def share(self, slots: int, until: float) -> float | None:
        """Of all slots' time from the first start until then; None where that is no time."""
        begun = self.times[0]
        if until <= begun:
            return None
        spans = zip(pairwise(self.times), self.busy, strict=False)
        held = sum(max(0.0, min(b, until) - a) * busy for (a, b), busy in spans)
        return held / (slots * (until - begun))


def main(arguments: list[str] | None = None) -> None:
    """Measures, says what was found, draws it, writes the result file."""
    given = _parser().parse_args(arguments)
    with fresh_fleet(Path("data")) as running:
        document = {**STUDY, "trials": given.trials}
        running.train(document)
        result = measure(running, running.train(document).study.id)
    print(said(result))
    print(f"{result['in_epochs']:.1%} of the workers' time in epochs")
    folder = RESULT.parent if given.trials == TRIALS else given.folder
    if folder is not None:
        text = json.dumps({"machine": machine("sitter", "torch"), **result}, indent=2)
        (folder / RESULT.name).write_text(text + "\n", encoding="utf-8")
        (folder / RESULT.with_suffix(".svg").name).write_text(drawn(result), encoding="utf-8")


def measure(running: Running, study: int) -> dict[str, Any]:
    """The result file. `in_epochs`: the sum of all epochs' times, of the workers' until the end."""
    trials = [running.client.trial(trial.id) for trial in running.client.trials(study)]
    attempts = [
        Attempt(each.worker, each.started_at.timestamp(), each.ended_at.timestamp())
        for trial in trials
        for each in trial.attempt_list
        if each.ended_at is not None
    ]
    slots = slots_of(running.client.leases(study))
    curve = occupied(attempts, slots)
    begun, empty = curve.times[0], max(attempt.start for attempt in attempts)
    share = curve.share(sum(slots.values()), empty)
    epochs = (epoch for trial in trials for epoch in running.client.epochs(trial.id))
    trained = sum(epoch.seconds or 0.0 for epoch in epochs)
    counts = running.client.study(study).counts
    return {
        "trials": counts,
        "workers": len(slots),
        "slots": sum(slots.values()),
        "share": None if share is None else round(share, 4),
        "aim": AIM,
        "met": None if share is None else share >= AIM,
        "queue_empty_s": round(empty - begun, 3),
        "in_epochs": round(trained / (len(slots) * (curve.times[-1] - begun)), 4),
        "plans": running.plans(study),
        "times_s": [round(moment - begun, 3) for moment in curve.times],
        "busy": curve.busy,
    }


def slots_of(leases: Iterable[Lease]) -> dict[int, int]:
    """Of each worker, by the newest of its leases, which come newest first."""
    found: dict[int, int] = {}
    for lease in leases:
        found.setdefault(lease.worker, lease.plan.width if lease.plan else lease.slots)
    return found


def occupied(attempts: Sequence[Attempt], slots: Mapping[int, int]) -> Curve:
    """Busy slots over time; a worker that holds more trials than it has slots trains no more."""
    changes = sorted(
        [(each.start, each.worker, 1) for each in attempts]
        + [(each.stop, each.worker, -1) for each in attempts]
    )
    held = dict.fromkeys(slots, 0)
    times: list[float] = []
    busy: list[int] = []
    for moment, worker, change in changes:
        held[worker] += change
        if times and times[-1] == moment:
            busy.pop()
        else:
            times.append(moment)
        busy.append(sum(min(held[each], slots[each]) for each in slots))
    return Curve(times, busy)


def said(result: Mapping[str, Any]) -> str:
    """The share in a sentence."""
    if result["share"] is None:
        return f"All trials were handed out at once to {result['slots']} slots"
    met = "met" if result["met"] else "missed"
    slots = f"{result['share']:.1%} of {result['slots']} slots busy until the queue is empty"
    return f"{slots} (aim {AIM:.0%}: {met})"


def drawn(result: Mapping[str, Any]) -> str:
    """The plot."""
    return step_plot(
        result["times_s"],
        result["busy"],
        title=said(result),
        x="s since the first trial was handed out",
        y="busy slots",
        top=result["slots"],
        mark=(result["queue_empty_s"], "queue empty"),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.occupancy", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--folder", type=Path, help="for results of another number of trials")
    return parser


if __name__ == "__main__":
    main()
