"""What is wrong with a trial: as its worker says, or as its verdicts do."""

from typing import Any

import pytest

from tests.service.desk import Desk, epoch, held, verdict

CAUSES = [
    {"cause": "lr_too_high", "confidence": 0.86, "checks": ["diverging", "update_ratio"]},
    {"cause": "dead_relu", "confidence": 0.4, "checks": ["dead_units"]},
]


def diagnosis(desk: Desk, about: dict[str, Any]) -> list[dict[str, Any]]:
    """What is stored of the trial's diagnosis."""
    stored: list[dict[str, Any]] = desk.get(f"/v1/trials/{about['trial']}")["diagnosis"]
    return stored


def test_the_workers_diagnosis_is_kept_in_its_order(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    assert diagnosis(desk, about) == []
    desk.finish(claim, ends=[about | {"state": "complete", "diagnosis": CAUSES}])
    assert diagnosis(desk, about) == CAUSES


def test_a_healthy_trial_has_none(desk: Desk) -> None:
    """An empty diagnosis is the worker's word, though a verdict speaks for a cause."""
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    said = verdict(about, causes={"lr_too_high": 0.9})
    desk.finish(claim, verdicts=[said], ends=[about | {"state": "complete", "diagnosis": []}])
    assert diagnosis(desk, about) == []


def test_a_diagnosis_comes_with_the_fatal_verdict_that_ends_the_trial(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    fatal = verdict(about, severity="fatal")
    desk.finish(
        claim, verdicts=[fatal], ends=[about | {"state": "infeasible", "diagnosis": CAUSES}]
    )
    assert diagnosis(desk, about) == CAUSES


def test_of_a_worker_that_says_nothing_the_verdicts_are_weighed(desk: Desk) -> None:
    """Noisy or: 1 - 0.5 · 0.4 = 0.8."""
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    said = [
        verdict(about, "diverging", severity="fatal", causes={"lr_too_high": 0.5}),
        verdict(about, "update_ratio", causes={"lr_too_high": 0.6}),
    ]
    desk.report(claim, verdicts=said)
    assert diagnosis(desk, about) == [
        {"cause": "lr_too_high", "confidence": 0.8, "checks": ["update_ratio", "diverging"]}
    ]


def test_a_pruned_trial_is_diagnosed_too(desk: Desk) -> None:
    desk.submit(trials=2, stopping={"name": "median", "min_peers": 1, "warmup_epochs": 0})
    claim = desk.claim(slots=2)
    good, bad = held(claim)
    said = verdict(bad, causes={"lr_too_low": 0.7})
    desk.report(claim, epochs=[epoch(good, 1, val_accuracy=0.9)])
    desk.report(claim, epochs=[epoch(bad, 1, val_accuracy=0.1)], verdicts=[said])
    assert desk.get(f"/v1/trials/{bad['trial']}")["state"] == "pruned"
    assert [each["cause"] for each in diagnosis(desk, bad)] == ["lr_too_low"]
    assert diagnosis(desk, good) == []


def test_a_failed_trial_has_its_traceback_and_no_more(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    end = about | {"state": "failed", "reason": "KeyError: 3"}
    desk.finish(claim, verdicts=[verdict(about, causes={"lr_too_low": 0.7})], ends=[end])
    assert diagnosis(desk, about) == []


def test_another_attempts_diagnosis_is_late(desk: Desk) -> None:
    desk.submit(trials=1)
    first = desk.claim()
    (about,) = held(first)
    desk.finish(first)
    second = desk.claim()
    (again,) = held(second)
    end = {"state": "complete", "diagnosis": CAUSES}
    desk.report(second, ends=[about | end])
    assert diagnosis(desk, again) == []
    desk.finish(second, ends=[again | {"state": "complete", "diagnosis": CAUSES[1:]}])
    assert diagnosis(desk, again) == CAUSES[1:]


def test_trials_filtered_by_a_cause(desk: Desk) -> None:
    study = desk.submit(trials=3)["id"]
    claim = desk.claim(slots=3)
    first, second, third = held(claim)
    ends = [
        about | {"state": "complete", "diagnosis": causes}
        for about, causes in ((first, CAUSES), (second, CAUSES[1:]), (third, []))
    ]
    desk.finish(claim, ends=ends)

    def found(cause: str) -> list[int]:
        return [t["id"] for t in desk.get(f"/v1/studies/{study}/trials", cause=cause)["items"]]

    assert found("dead_relu") == [first["trial"], second["trial"]]
    assert found("lr_too_high") == [first["trial"]]
    assert found("saturation") == []
    reply = desk.http.get(f"/v1/studies/{study}/trials", params={"cause": "lr_to_high"})
    assert reply.status_code == 422
    assert "did you mean 'lr_too_high'?" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("causes", "says"),
    [
        ([CAUSES[0] | {"cause": "lr_to_high"}], "did you mean 'lr_too_high'?"),
        ([CAUSES[0] | {"confidence": 1.1}], "less than or equal to 1"),
        ([CAUSES[0] | {"confidence": -0.1}], "greater than or equal to 0"),
        ([CAUSES[0] | {"confidence": None}], "valid number"),
        ([CAUSES[0] | {"certainty": 1}], "unknown key 'certainty'"),
        (CAUSES * 6, "at most 10 items"),
    ],
)
def test_a_bad_diagnosis_is_refused_whole(desk: Desk, causes: Any, says: str) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    end = about | {"state": "complete", "diagnosis": causes}
    reply = desk.send(claim, "finish", ends=[end])
    assert reply.status_code == 422
    assert says in reply.json()["detail"]
    assert desk.get(f"/v1/trials/{about['trial']}")["state"] == "running"


@pytest.mark.parametrize(
    ("causes", "says"),
    [({"lr": 0.5}, "no cause is called 'lr'"), ({"lr_too_low": 2}, "less than or equal to 1")],
)
def test_a_verdict_speaks_for_known_causes(desk: Desk, causes: Any, says: str) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    reply = desk.send(claim, verdicts=[verdict(about, causes=causes)])
    assert reply.status_code == 422
    assert says in reply.json()["detail"]


def test_a_trial_that_is_lost_begins_without_a_diagnosis(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    desk.report(claim, verdicts=[verdict(about, causes={"lr_too_low": 0.9})])
    desk.finish(claim)
    assert diagnosis(desk, about) == []
