"""The issue's third promise: kill -9 a worker in the middle of a 64-trial study."""

import os
import signal
import time
from collections import Counter

import pytest

from sitter.client import Sitter
from sitter.errors import LeaseLost
from tests.system.conftest import Start

STUDY = {
    "name": "killed",
    "recipe": {"epochs": 4, "model": {"name": "mlp", "hidden": [16]}},
    "space": {"optimizer.lr": {"log_uniform": [0.01, 0.3]}},
    "trials": 64,
}

pytestmark = [pytest.mark.system, pytest.mark.timeout(170)]


@pytest.mark.parametrize("slots", [1, 8], ids=["one by one", "stacked"])
def test_every_trial_finishes_once_although_a_worker_is_killed(start: Start, slots: int) -> None:
    fleet = start(workers=2, slots=slots, lease_seconds=2, reaper_seconds=0.2)
    with Sitter(fleet.url) as client:
        study = client.submit(STUDY).id
        ghost = client.claim({"name": "ghost"}, study=study)  # a worker that is never heard again
        assert ghost is not None
        _until(lambda: client.study(study).counts["complete"] >= 5, 90)
        victims = _killed_in_the_middle(client, fleet.processes[0].pid)
        _until(lambda: client.study(study).state == "complete", 120)
        trials = list(client.trials(study))
        assert Counter(t.state for t in trials) == {"complete": 64}
        assert sorted(t.number for t in trials) == list(range(64))

        attempts = {t.id: client.trial(t.id).attempt_list for t in trials}
        states = Counter(a.state for tried in attempts.values() for a in tried)
        assert states["ended"] == 64, "each trial finishes exactly once"
        assert states["lost"] == 1 + len(victims), "the ghost's and the killed worker's"
        late = ghost.assignments[0]
        lost = Counter([*victims, late.trial])  # the worker may have held what the ghost had lost
        for trial, times in lost.items():
            assert [a.state for a in attempts[trial]] == ["lost"] * times + ["ended"]

        row = {"trial": late.trial, "attempt": late.attempt, "epoch": 1, "val_accuracy": 1.0}
        before = client.trial(late.trial)
        with pytest.raises(LeaseLost) as caught:
            client.report(ghost.lease, ghost.token, epochs=[row])
        assert caught.value.status == 409
        assert client.trial(late.trial) == before


def _killed_in_the_middle(client: Sitter, pid: int) -> list[int]:
    """kill -9 the worker while it holds trials; their ids."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        os.kill(pid, signal.SIGSTOP)  # frozen, so that what it holds stays what it holds
        time.sleep(0.1)  # a request that was under way is answered by now
        held = [w.trials for w in client.workers() if w.name.endswith(f":{pid}")]
        if held and held[0]:
            os.kill(pid, signal.SIGKILL)
            return held[0]
        os.kill(pid, signal.SIGCONT)
    raise AssertionError("the worker never held a trial")


def _until(seen: object, seconds: float) -> None:
    assert callable(seen)
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.05)
