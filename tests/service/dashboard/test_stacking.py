"""How trials are trained, on the pages of studies, trials and workers."""

from typing import Any

import pytest

from service.dashboard import stacking
from service.plan import Plan
from service.tables import Attempt
from tests.service.dashboard.filling import HOSTILE
from tests.service.dashboard.reading import page, read
from tests.service.desk import Desk, held

STACK: dict[str, Any] = {
    "engine": "lowered",
    "width": 64,
    "times_faster": 23.4,
    "reason": "The smallest stack within 10 % of the most trials a second.",
    "table": [
        {"engine": "plain", "width": 1, "seconds_per_step": 0.00042},
        {"engine": "lowered", "width": 64, "seconds_per_step": 0.00115},
    ],
    "fit": {"lowered": {"a": 0.0004, "b": 0.0000117}},
    "bytes_per_trial": 65_536,
}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Up to 64 trials stacked: 23 × faster than one by one, measured."),
        (
            {"times_faster": 1.44},
            "Up to 64 trials stacked: 1.4 × faster than one by one, measured.",
        ),
        ({"times_faster": None}, "Up to 64 trials stacked."),
        ({"times_faster": 1e300}, "Up to 64 trials stacked."),
        (
            {"times_faster": 0.8},
            "Up to 64 trials stacked: 0.8 × the speed of one by one, measured.",
        ),
        (
            {"width": 1024},
            "Up to 1\u2009024 trials stacked: 23 × faster than one by one, measured.",
        ),
        (
            {"engine": "lanes", "width": 2, "times_faster": 1.9, "reason": "`resnet` loses."},
            "2 trials side by side: 1.9 × faster than one by one, measured; `resnet` loses.",
        ),
        (
            {"engine": "plain", "width": 1, "reason": "center loss keeps centres of its own."},
            "Trials are trained one by one: center loss keeps centres of its own.",
        ),
        (
            {
                "engine": "plain",
                "width": 1,
                "reason": "one by one: a stack of 4 is 0.8 times as fast",
            },
            "Trials are trained one by one: a stack of 4 is 0.8 times as fast.",
        ),
        ({"engine": "plain", "reason": ""}, "Trials are trained one by one."),
    ],
)
def test_a_study_says_how_it_is_trained(fields: dict[str, Any], said: str) -> None:
    assert stacking.of_study(Plan.model_validate(STACK | fields)) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "stack of 64, 23 × faster"),
        ({"times_faster": None}, "stack of 64"),
        ({"times_faster": 1.0}, "stack of 64"),
        ({"times_faster": 1e300}, "stack of 64"),
        ({"engine": "lanes", "width": 2, "times_faster": 1.9}, "2 side by side, 1.9 × faster"),
        ({"engine": "plain", "width": 1}, "one by one"),
    ],
)
def test_a_worker_says_what_it_does_in_short(fields: dict[str, Any], said: str) -> None:
    assert stacking.of_worker(Plan.model_validate(STACK | fields)) == said
    assert stacking.of_worker(None) == "–"


@pytest.mark.parametrize(
    ("first", "resumed", "engine", "said"),
    [
        (0, 0, None, "–"),
        (0, 0, "lowered", "stack of 64 (lowered)"),
        (12, 0, "vmap", "stack of 64 (vmap), saw the data from epoch 13 of its stack on"),
        (0, 5, "plain", "one by one, went on from epoch 5"),
        (8, 5, None, "went on from epoch 5, saw the data from epoch 9 of its stack on"),
    ],
)
def test_an_attempt_says_where_it_was(
    first: int, resumed: int, engine: str | None, said: str
) -> None:
    plan = None if engine is None else Plan.model_validate(STACK | {"engine": engine})
    attempt = Attempt(first_data_epoch=first, resumed_epoch=resumed)
    assert stacking.of_attempt(attempt, plan) == said


def test_the_pages_tell_of_the_stack(desk: Desk) -> None:
    study = desk.submit(trials=3)["id"]
    claim = desk.claim(slots=2, worker="gpu-3:4711")
    assert claim is not None
    one, two = held(claim)
    assert "stacked" not in page(desk, f"/studies/{study}")
    joined = [one | {"first_data_epoch": 0}, two | {"first_data_epoch": 12}]
    desk.report(claim, plan=STACK, joined=joined)
    words = read(page(desk, f"/studies/{study}"))
    assert "Up to 64 trials stacked: 23 × faster than one by one, measured." in words
    assert "each further trial takes at most 65.5 kB of memory" in words
    assert "one by one 1 0.420 0.420" in words
    assert "lowered: one model, by wider operations 64 1.15 0.0180" in words
    assert "stack of 64 (lowered)" in read(page(desk, f"/trials/{one['trial']}"))
    said = "stack of 64 (lowered), saw the data from epoch 13 of its stack on"
    assert said in read(page(desk, f"/trials/{two['trial']}"))
    assert "stack of 64, 23 × faster" in read(page(desk, "/fleet"))
    desk.finish(claim)
    assert "stack of 64, 23 × faster" not in read(page(desk, "/fleet"))


def test_why_a_study_is_not_stacked(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    plan = {"engine": "plain", "width": 1, "reason": "center loss keeps centres of its own"}
    desk.report(claim, plan=plan)
    words = read(page(desk, f"/studies/{study}"))
    assert "Trials are trained one by one: center loss keeps centres of its own." in words
    assert "What the planner measured" not in words


def test_hostile_reasons_stay_text(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    desk.report(desk.claim(), plan={"engine": "plain", "width": 1, "reason": HOSTILE})
    assert "<script>alert" not in page(desk, f"/studies/{study}")
