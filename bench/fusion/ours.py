"""A study of ours from its submission until it is complete, cold and warm."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.fleet import Running, Timed, fresh_fleet
from bench.fusion.cases import Case


@dataclass(frozen=True)
class Trained:
    """A round. Seconds `cold`: from the start of the processes, with nothing cached.

    `warm`: the same study once more, by the same processes. `accuracies`: the best of each trial
    of the warm one, in the order of its points, None where none was finite. `plans` of its leases.
    """

    cold: float
    warm: float
    accuracies: list[float | None]
    plans: list[dict[str, Any]]


def train(case: Case, data: Path) -> Trained:
    """Raises RuntimeError where a study did not train what it was asked to."""
    with fresh_fleet(data) as running:
        cold = running.train(case.study(), begun=running.begun)
        _accuracies(case, running, cold)
        warm = running.train(case.study())
        return Trained(
            cold=cold.seconds,
            warm=warm.seconds,
            accuracies=_accuracies(case, running, warm),
            plans=running.plans(warm.study.id),
        )


def _accuracies(case: Case, running: Running, timed: Timed) -> list[float | None]:
    trials = list(running.client.trials(timed.study.id))
    wanted = case.trials["ours"]
    whole = [t for t in trials if t.state == "complete" and t.epochs_done == case.epochs]
    if len(whole) != wanted:
        first = next((t.reason for t in trials if t.reason), "no reason is known")
        raise RuntimeError(f"{len(whole)} of {wanted} trials trained to their end: {first}")
    for trial in whole:
        if trial.value is not None:
            assert running.client.checkpoint(trial.id), "a trial without its checkpoint"
            break
    return [trial.value for trial in whole]
