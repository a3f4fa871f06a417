"""Fair shares between workers that are alive."""

import threading
import time

import pytest

from service.settings import Settings
from tests.service.desk import SHORT_LEASE, Desk, held

GRID = {
    "model.hidden": {"values": [[8], [16]]},
    "optimizer.lr": {"values": [0.1, 0.2, 0.3, 0.4]},
}


def size(claim: dict | None) -> int:
    return 0 if claim is None else len(claim["assignments"])


def test_one_worker_alone_takes_all(desk: Desk) -> None:
    desk.submit(trials=64)
    assert size(desk.claim(slots=64, worker="a")) == 64


def test_two_workers_share_a_study_half_and_half(desk: Desk) -> None:
    for name in "ab":
        desk.claim(worker=name)  # both wait for any study
    desk.submit(trials=64)
    a, b = (desk.claim(slots=64, worker=name) for name in "ab")
    assert (size(a), size(b)) == (32, 32)
    assert desk.claim(slots=64, worker="a") is None


def test_free_slots_take_no_more_than_the_share(desk: Desk) -> None:
    for name in "ab":
        desk.claim(worker=name)
    desk.submit(trials=64)
    a = desk.claim(slots=64, worker="a")
    assert desk.report(a, free_slots=32)["assignments"] == []
    b = desk.claim(slots=64, worker="b")
    done = [each | {"state": "complete"} for each in held(b)[:8]]
    assert desk.report(b, ends=done, free_slots=40)["assignments"] == []


def test_more_is_left_than_all_can_hold(desk: Desk) -> None:
    for name in "ab":
        desk.claim(worker=name)
    desk.submit(trials=200)
    a, b = (desk.claim(slots=64, worker=name) for name in "ab")
    assert (size(a), size(b)) == (64, 64)
    done = [each | {"state": "complete"} for each in held(a)]
    # 72 are left and b trains 64: of these 136, half are 68.
    assert len(desk.report(a, ends=done, free_slots=64)["assignments"]) == 64
    done = [each | {"state": "complete"} for each in held(b)]
    assert len(desk.report(b, ends=done, free_slots=64)["assignments"]) == 8


def test_the_end_of_a_study_is_shared(desk: Desk) -> None:
    """The last ten do not all go to whoever comes first."""
    for name in "ab":
        desk.claim(worker=name)
    desk.submit(trials=26)
    a, b = desk.claim(slots=8, worker="a"), desk.claim(slots=8, worker="b")
    done = [[each | {"state": "complete"} for each in held(claim)] for claim in (a, b)]
    desk.report(a, ends=done[0])
    desk.report(b, ends=done[1])
    taken = [len(desk.report(claim, free_slots=8)["assignments"]) for claim in (a, b)]
    assert taken == [5, 5]


def test_what_a_narrow_worker_cannot_hold_is_not_kept_for_it(desk: Desk) -> None:
    for name in ("narrow", "wide"):
        desk.claim(worker=name)
    desk.submit(trials=256)
    narrow = desk.claim(slots=1, worker="narrow")
    desk.report(narrow, plan={"engine": "lanes", "width": 2}, free_slots=1)
    assert size(desk.claim(slots=256, worker="wide")) == 254
    done = [each | {"state": "complete"} for each in held(narrow)]
    assert desk.report(narrow, ends=done, free_slots=1)["assignments"] == []


def test_a_worker_that_plans_yet_keeps_its_half(desk: Desk) -> None:
    """Both claim one trial, to see what it is, and then ask for more."""
    desk.submit(trials=64)
    claims = [desk.claim(slots=1, worker=name) for name in "ab"]
    plan = {"engine": "lowered", "width": 64}
    fresh = [desk.report(claim, plan=plan, free_slots=63)["assignments"] for claim in claims]
    assert [len(each) for each in fresh] == [31, 31]


def test_a_worker_that_wants_another_study_takes_no_share(desk: Desk) -> None:
    other = desk.submit(trials=0)["id"]
    desk.claim(worker="b", study=other)
    mine = desk.submit(trials=8)["id"]
    assert size(desk.claim(slots=8, worker="a", study=mine)) == 8


def test_a_worker_that_trains_another_study_takes_no_share(desk: Desk) -> None:
    desk.submit(trials=1)
    assert size(desk.claim(worker="b")) == 1
    desk.submit(trials=8)
    assert size(desk.claim(slots=8, worker="a")) == 8


@SHORT_LEASE
def test_a_worker_that_is_not_heard_of_takes_no_share(desk: Desk, settings: Settings) -> None:
    desk.claim(worker="b")
    time.sleep(settings.lease_seconds + 0.05)
    desk.submit(trials=8)
    assert size(desk.claim(slots=8, worker="a")) == 8


@SHORT_LEASE
def test_a_worker_that_waits_long_keeps_its_share(desk: Desk, settings: Settings) -> None:
    got: list[dict | None] = []
    study = desk.submit(trials=0)["id"]
    waits = {"slots": 8, "worker": "b", "wait_seconds": 3.0, "study": study}
    waiter = threading.Thread(target=lambda: got.append(desk.claim(**waits)))
    waiter.start()
    time.sleep(3 * settings.lease_seconds)
    desk.http.patch(f"/v1/studies/{study}", json={"trials": 8})
    a = desk.claim(slots=8, worker="a", study=study)
    waiter.join()
    assert size(a) + size(got[0]) == 8
    assert size(a) <= 4


def test_waiting_trials_are_counted_as_left(desk: Desk) -> None:
    for name in "ab":
        desk.claim(worker=name)
    study = desk.submit(trials=0)["id"]
    points = [{"optimizer.lr": 0.1 * n} for n in range(1, 10)]
    desk.http.post(f"/v1/studies/{study}/trials", json={"points": points})
    a, b = (desk.claim(slots=64, worker=name) for name in "ab")
    assert (size(a), size(b)) == (5, 4)


@pytest.mark.parametrize("strategy", ["random", "tpe"])
def test_every_trial_is_handed_out_once(desk: Desk, strategy: str) -> None:
    for name in "abc":
        desk.claim(worker=name)
    study = desk.submit(trials=31, strategy={"name": strategy})["id"]
    seen: list[int] = []
    while len(seen) < 31:
        for name in "abc":
            claim = desk.claim(slots=4, worker=name)
            if claim is not None:
                seen += [each["trial"] for each in claim["assignments"]]
                desk.complete(claim)
    assert len(set(seen)) == 31
    assert desk.study(study)["state"] == "complete"


def test_shapes_are_shared_as_they_come(desk: Desk) -> None:
    """A share is of all that is left; a lease takes of it what is of its stack key."""
    for name in "ab":
        desk.claim(worker=name)
    desk.submit(space=GRID, strategy="grid", trials=None)
    sizes = [size(desk.claim(slots=64, worker=name)) for name in "ab"]
    assert sizes == [4, 4]
