import threading
import time

import pytest

from tests.service.desk import SHORT_LEASE, Desk


def test_nothing_to_do_is_204_and_the_worker_is_known(desk: Desk) -> None:
    assert desk.claim(worker="idle") is None
    assert [w["name"] for w in desk.get("/v1/workers")["items"]] == ["idle"]


def test_a_claim_has_all_that_training_needs(desk: Desk) -> None:
    desk.submit()
    claim = desk.claim()
    assert claim is not None
    (assignment,) = claim["assignments"]
    assert assignment["number"] == 0
    assert assignment["attempt"] == 1
    assert assignment["recipe"]["optimizer"]["lr"] == assignment["params"]["optimizer.lr"]
    assert assignment["recipe"]["data_seed"] == 0
    assert claim["objective"] == {"metric": "val_accuracy", "direction": "maximize"}
    assert claim["searches_optimizer"] is True
    assert claim["prompt"] is False


def test_points_are_the_same_whatever_the_claims(desk: Desk) -> None:
    def points(slots: int) -> list[float]:
        study = desk.submit(trials=12, strategy={"name": "qmc", "seed": 3})["id"]
        found = {}
        while claim := desk.claim(slots=slots, study=study):
            for a in claim["assignments"]:
                found[a["number"]] = a["params"]["optimizer.lr"]
        return [found[n] for n in range(12)]

    assert points(1) == points(5) == points(12)


def test_no_more_than_the_budget(desk: Desk) -> None:
    desk.submit(trials=5)
    assert [len(desk.claim(slots=3)["assignments"]), len(desk.claim(slots=3)["assignments"])] == [
        3,
        2,
    ]
    assert desk.claim() is None


def test_one_stack_key_per_claim(desk: Desk) -> None:
    space = {"model.hidden": {"values": [[8], [16]]}, "optimizer.lr": {"values": [0.1, 0.2]}}
    desk.submit(space=space, strategy="grid", trials=None)
    widths = []
    while claim := desk.claim(slots=4):
        widths.append({tuple(a["recipe"]["model"]["hidden"]) for a in claim["assignments"]})
    assert widths == [{(8,)}, {(16,)}]


def test_preflight_once_per_recipe_shape(desk: Desk) -> None:
    space = {"model.hidden": {"values": [[8], [16]]}, "optimizer.lr": {"values": [0.1, 0.2]}}
    desk.submit(space=space, strategy="grid", trials=None)
    flags = []
    while claim := desk.claim():
        a = claim["assignments"][0]
        flags.append((a["recipe"]["model"]["hidden"], a["preflight"]))
    assert sorted(flags) == [([8], False), ([8], True), ([16], False), ([16], True)]


@SHORT_LEASE
def test_preflight_is_due_again_when_its_worker_was_lost(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    assert desk.claim()["assignments"][0]["preflight"] is True
    desk.await_(lambda: desk.study(study)["counts"]["waiting"] == 1)
    assert desk.claim()["assignments"][0]["preflight"] is True


def test_oldest_study_first_or_the_one_asked_for(desk: Desk) -> None:
    first, second = desk.submit(trials=1)["id"], desk.submit(trials=1)["id"]
    assert desk.claim(study=second)["study"] == second
    assert desk.claim()["study"] == first
    reply = desk.http.post("/v1/claims", json={"worker": {"name": "w"}, "study": 99})
    assert reply.status_code == 404


def test_a_waiting_claim_gets_work_as_it_comes(desk: Desk) -> None:
    got = []
    waiter = threading.Thread(target=lambda: got.append(desk.claim(wait_seconds=10)))
    waiter.start()
    time.sleep(0.3)  # the claim is waiting by now
    began = time.monotonic()
    desk.submit()
    waiter.join()
    assert got[0] is not None
    assert time.monotonic() - began < 2.0


def test_too_many_slots_are_refused(desk: Desk) -> None:
    reply = desk.http.post("/v1/claims", json={"worker": {"name": "w"}, "slots": 5000})
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["value"] == 5000


@pytest.mark.parametrize("slots", [0, -1, "many"])
def test_bad_slots_are_refused(desk: Desk, slots: object) -> None:
    reply = desk.http.post("/v1/claims", json={"worker": {"name": "w"}, "slots": slots})
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == "slots"


def test_sixteen_threads_never_share_a_trial(desk: Desk) -> None:
    """The issue's own test: 500 trials, 16 threads, 500 distinct claims."""
    desk.submit(trials=500)
    claimed: list[int] = []
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            while claim := desk.claim(worker=name):
                claimed.extend(a["trial"] for a in claim["assignments"])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(claimed) == 500
    assert len(set(claimed)) == 500


def test_a_point_that_makes_no_recipe_fails_and_the_study_goes_on(desk: Desk) -> None:
    space = {
        "optimizer.nesterov": {"choice": [True, False]},
        "optimizer.momentum": {"choice": [0.9, 0.0]},
    }
    recipe = {"optimizer": {"momentum": 0.5}}
    study = desk.submit(space=space, recipe=recipe, trials=40)["id"]
    while claim := desk.claim(slots=4):
        desk.complete(claim)
    done = desk.study(study)
    assert done["state"] == "complete"
    assert 0 < done["counts"]["failed"] < 40
    assert done["counts"]["failed"] + done["counts"]["complete"] == 40
    failed = desk.get(f"/v1/studies/{study}/trials", state="failed")["items"]
    assert all("nesterov" in trial["reason"] for trial in failed)


def test_a_study_of_nothing_but_such_points_completes(desk: Desk) -> None:
    space = {"optimizer.nesterov": {"choice": [True]}, "optimizer.momentum": {"choice": [0.0]}}
    study = desk.submit(space=space, recipe={"optimizer": {"momentum": 0.5}}, trials=5)["id"]
    assert desk.claim(slots=2) is None
    done = desk.study(study)
    assert (done["state"], done["counts"]["failed"]) == ("complete", 5)


def test_tpe_is_replayed_from_rows(desk: Desk) -> None:
    study = desk.submit(trials=14, strategy={"name": "tpe", "seed": 1})["id"]
    while claim := desk.claim(slots=2, study=study):
        for a in claim["assignments"]:
            assert 1e-4 <= a["params"]["optimizer.lr"] <= 1.0
        desk.complete(claim, value=claim["assignments"][0]["params"]["optimizer.lr"] / 2)
    assert desk.study(study)["counts"]["complete"] == 14
