"""Busy slots, counted by hand and on real processes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import occupancy
from bench.occupancy import Attempt, Curve, drawn, occupied, slots_of
from sitter.answers import Lease

NOW = datetime(2026, 1, 1, tzinfo=UTC)

attempts = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 50), st.integers(1, 50)).map(
        lambda each: Attempt(each[0], float(each[1]), float(each[1] + each[2]))
    ),
    min_size=1,
)


def test_slots_that_are_refilled_late() -> None:
    held = [Attempt(1, 0, 2), Attempt(1, 0, 4), Attempt(1, 3, 4)]
    curve = occupied(held, {1: 2})
    assert curve == Curve([0, 2, 3, 4], [2, 1, 2, 0])
    assert curve.share(2, until=3) == pytest.approx((2 + 2 + 1) / 6)
    assert curve.share(2, until=2.5) == pytest.approx((2 + 2 + 0.5) / 5)


def test_a_worker_is_not_busier_than_it_has_slots() -> None:
    curve = occupied([Attempt(1, 0, 2), Attempt(1, 0, 2), Attempt(2, 0, 1)], {1: 1, 2: 1, 3: 1})
    assert curve == Curve([0, 1, 2], [2, 1, 0])


def test_trials_that_are_handed_out_at_once_leave_nothing_to_measure() -> None:
    curve = occupied([Attempt(1, 5, 6), Attempt(1, 5, 7)], {1: 2})
    assert curve.share(2, until=5) is None


@given(held=attempts)
def test_the_curve_holds_all_time_that_was_held(held: list[Attempt]) -> None:
    slots = dict.fromkeys((1, 2, 3), len(held))
    curve = occupied(held, slots)
    begun, ended = curve.times[0], curve.times[-1]
    share = curve.share(sum(slots.values()), ended)
    assert share is not None
    time = sum(each.stop - each.start for each in held)
    assert share * sum(slots.values()) * (ended - begun) == pytest.approx(time)
    assert curve.busy[-1] == 0


def lease(number: int, worker: int, width: int | None) -> Lease:
    measured = {"times_faster": None, "reason": "", "table": [], "fit": {}, "bytes_per_trial": None}
    plan = None if width is None else {"engine": "vmap", "width": width, **measured}
    told = {"id": number, "worker": worker, "state": "ended", "stack_key": "k", "slots": 64}
    return Lease.model_validate({**told, "plan": plan, "created_at": NOW, "ended_at": NOW})


def test_slots_are_the_newest_plans() -> None:
    leases = [lease(4, 3, None), lease(3, 1, 16), lease(2, 2, 8), lease(1, 1, None)]
    assert slots_of(leases) == {1: 16, 2: 8, 3: 64}


@pytest.mark.system
def test_a_study_of_real_processes(tmp_path: Path) -> None:
    occupancy.main(["--trials", "12", "--folder", str(tmp_path)])
    found = json.loads((tmp_path / "occupancy.json").read_text("utf-8"))
    assert sum(found["trials"].values()) == 12
    assert found["trials"]["waiting"] == found["trials"]["running"] == 0
    assert found["busy"][-1] == 0
    assert 0 < max(found["busy"]) <= found["slots"]
    assert found["times_s"] == sorted(found["times_s"])
    assert found["in_epochs"] > 0
    assert (tmp_path / "occupancy.svg").read_text("utf-8") == drawn(found)
