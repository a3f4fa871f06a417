"""Leases as workers use them that train many trials at once: refills, returns, plans."""

from typing import Any

import pytest

from tests.service.desk import Desk, epoch, held

SHAPES = {"model.hidden": {"values": [[8], [16]]}, "optimizer.lr": {"values": [0.1, 0.2, 0.3]}}
PLAN = {
    "engine": "lowered",
    "width": 64,
    "times_faster": 23.4,
    "reason": "Fastest of three.",
    "table": [{"engine": "vmap", "width": 4, "seconds_per_step": 0.0021}],
    "fit": {"vmap": {"a": 0.002, "b": 0.00003}},
    "bytes_per_trial": 65536,
}


def ended(claim: dict[str, Any]) -> list[dict[str, Any]]:
    return [about | {"state": "complete"} for about in held(claim)]


def hidden(assignments: list[dict[str, Any]]) -> set[int]:
    return {width for a in assignments for width in a["recipe"]["model"]["hidden"]}


def test_a_refill_is_of_the_leases_shape_though_all_have_just_ended(desk: Desk) -> None:
    desk.submit(space=SHAPES, strategy="grid", trials=None)
    claim = desk.claim(slots=2)
    assert hidden(claim["assignments"]) == {8}
    fresh = desk.report(claim, ends=ended(claim), free_slots=6)["assignments"]
    assert hidden(fresh) == {8}
    last = [{"trial": a["trial"], "attempt": 1, "state": "complete"} for a in fresh]
    assert desk.report(claim, ends=last, free_slots=6)["assignments"] == []
    desk.finish(claim)
    assert hidden(desk.claim(slots=6)["assignments"]) == {16}


def test_a_worker_may_claim_one_to_see_and_then_ask_for_more(desk: Desk) -> None:
    study = desk.submit(trials=20)["id"]
    claim = desk.claim(slots=1)
    fresh = desk.report(claim, free_slots=7)["assignments"]
    assert len(fresh) == 7
    desk.report(claim, ends=ended(claim), free_slots=1)
    assert desk.get(f"/v1/studies/{study}/leases")["items"][0]["slots"] == 8
    desk.claim(slots=1)
    assert desk.get("/v1/workers")["items"][0]["slots"] == 8


def test_nothing_left_is_an_empty_answer(desk: Desk) -> None:
    study = desk.submit(trials=2)["id"]
    claim = desk.claim(slots=2)
    assert desk.report(claim, ends=ended(claim), free_slots=2)["assignments"] == []
    assert desk.study(study)["state"] == "complete"


def test_single_trials_are_given_back_at_no_cost(desk: Desk) -> None:
    study = desk.submit(trials=3)["id"]
    claim = desk.claim(slots=3)
    first, second, third = held(claim)
    desk.report(claim, epochs=[epoch(second, 1, val_accuracy=0.5)])
    orders = desk.report(claim, released=[second, third], free_slots=2)
    assert (orders["stop"], orders["assignments"]) == ([], [])
    counts = desk.study(study)["counts"]
    assert (counts["running"], counts["waiting"]) == (1, 2)
    trial = desk.get(f"/v1/trials/{second['trial']}")
    assert (trial["value"], trial["epochs_done"]) == (None, 0)
    assert [a["state"] for a in trial["attempt_list"]] == ["released"]
    # The lease goes on with the others, and may take these again.
    fresh = desk.report(claim, free_slots=2)["assignments"]
    assert [(a["trial"], a["attempt"]) for a in fresh] == [
        (second["trial"], 2),
        (third["trial"], 2),
    ]
    desk.finish(claim, ends=[first | {"state": "complete"}])
    assert desk.study(study)["counts"]["waiting"] == 2


def test_being_given_back_costs_no_attempt(desk: Desk) -> None:
    """Only lost ones are counted against `max_attempts`, which is 3 here."""
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    for _ in range(5):
        desk.report(claim, released=held(claim))
        claim["assignments"] = desk.report(claim, free_slots=1)["assignments"]
    assert claim["assignments"][0]["attempt"] == 6
    desk.finish(claim, ends=ended(claim))
    assert desk.study(study)["counts"]["complete"] == 1


def test_giving_back_twice_is_giving_back_once(desk: Desk) -> None:
    study = desk.submit(trials=2)["id"]
    claim = desk.claim(slots=2)
    _, second = held(claim)
    for _ in range(2):
        assert desk.report(claim, released=[second])["stop"] == []
    assert desk.study(study)["counts"]["waiting"] == 1
    assert desk.claim(worker="other")["assignments"][0]["attempt"] == 2
    assert desk.report(claim, released=[second])["stop"] == []
    assert desk.study(study)["counts"]["running"] == 2


def test_late_news_of_an_attempt_does_not_stop_the_next(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (late,) = held(claim)
    desk.report(claim, released=[late])
    (again,) = desk.report(claim, free_slots=1)["assignments"]
    assert desk.report(claim, epochs=[epoch(late, 1)])["stop"] == []
    about = {"trial": again["trial"], "attempt": again["attempt"]}
    desk.report(claim, epochs=[epoch(about, 1, val_accuracy=0.5)])
    assert desk.get(f"/v1/trials/{again['trial']}")["epochs_done"] == 1


def test_a_trial_that_ended_is_not_given_back(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    desk.report(claim, ends=ended(claim), released=held(claim))
    assert desk.study(study)["counts"]["complete"] == 1


def test_a_plan_is_kept_on_the_lease_and_shown(desk: Desk) -> None:
    study = desk.submit(trials=4)["id"]
    claim = desk.claim(slots=4, worker="w")
    assert desk.study(study)["plan"] is None
    assert desk.get("/v1/workers")["items"][0]["plan"] is None
    desk.report(claim, plan=PLAN)
    assert desk.study(study)["plan"] == PLAN
    assert desk.get("/v1/workers")["items"][0]["plan"] == PLAN
    (lease,) = desk.get(f"/v1/studies/{study}/leases")["items"]
    assert (lease["id"], lease["state"], lease["slots"]) == (claim["lease"], "active", 4)
    assert (len(lease["stack_key"]), lease["plan"]) == (16, PLAN)
    desk.report(claim, epochs=[epoch(held(claim)[0], 1)])
    assert desk.study(study)["plan"] == PLAN


def test_the_newest_plan_of_a_study_is_shown(desk: Desk) -> None:
    study = desk.submit(trials=3)["id"]
    first, second, _ = (desk.claim(worker=name) for name in "abc")
    desk.report(second, plan=PLAN | {"width": 8})
    desk.report(first, plan=PLAN | {"width": 2})
    assert desk.study(study)["plan"]["width"] == 8
    desk.finish(second)
    assert [w["plan"] and w["plan"]["width"] for w in desk.get("/v1/workers")["items"]] == [
        None,
        None,
        2,
    ]
    widths = [lease["plan"] for lease in desk.get(f"/v1/studies/{study}/leases")["items"]]
    assert [plan and plan["width"] for plan in widths] == [None, 8, 2]


def test_a_plan_may_come_with_the_last_report(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    desk.finish(claim, ends=ended(claim), plan={"engine": "plain", "width": 1})
    assert desk.study(study)["plan"]["engine"] == "plain"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"engine": "magic"}, "plan.engine"),
        ({"width": 0}, "plan.width"),
        ({"table": PLAN["table"] * 201}, "plan.table"),
        ({"bytes_per_trial": -1}, "plan.bytes_per_trial"),
        ({"fit": {"magic": {"a": 0, "b": 0}}}, "plan.fit.magic.[key]"),
        ({"speed": 1}, "plan.speed"),
    ],
)
def test_bad_plans_are_refused(desk: Desk, wrong: dict[str, Any], field: str) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    reply = desk.send(claim, plan=PLAN | wrong)
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == field
    assert desk.study(study)["plan"] is None


def test_what_was_not_measured_is_null(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    body = '{"plan": {"engine": "vmap", "width": 2, "times_faster": NaN, "fit": {}}}'
    headers = {"Lease-Token": claim["token"], "Content-Type": "application/json"}
    path = f"/v1/leases/{claim['lease']}/reports"
    assert desk.http.post(path, content=body, headers=headers).status_code == 200
    assert desk.study(study)["plan"]["times_faster"] is None


def test_no_report_asks_for_more_than_a_claim_may(desk: Desk) -> None:
    desk.submit(trials=2)
    claim = desk.claim()
    assert claim is not None
    reply = desk.send(claim, free_slots=1025)
    assert reply.status_code == 422
    assert "1025 is above 1024" in reply.json()["detail"]
    assert len(desk.report(claim, free_slots=1024)["assignments"]) == 1
