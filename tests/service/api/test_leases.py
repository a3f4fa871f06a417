import time
from pathlib import Path

import pytest

from service.settings import Settings
from tests.service.desk import SHORT_LEASE, Desk, epoch, held, verdict


def states(desk: Desk, study: int) -> list[str]:
    return [t["state"] for t in desk.get(f"/v1/studies/{study}/trials")["items"]]


def test_report_then_finish(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    (about,) = held(claim)
    orders = desk.report(claim, epochs=[epoch(about, n, val_accuracy=n / 10) for n in (1, 2, 3)])
    assert orders == {"lease_seconds": 30.0, "stop": [], "assignments": []}
    desk.finish(claim, ends=[about | {"state": "complete"}])
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["state"], trial["value"], trial["best_epoch"]) == ("complete", 0.3, 3)
    assert trial["epochs_done"] == 3
    assert trial["attempt_list"][0]["state"] == "ended"
    assert desk.study(study)["state"] == "complete"


def test_the_best_epoch_is_kept_whatever_comes_later(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    for number, value in enumerate((0.5, 0.9, 0.7, 0.9), start=1):
        desk.report(claim, epochs=[epoch(about, number, val_accuracy=value)])
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["value"], trial["best_epoch"]) == (0.9, 2)
    epochs = desk.get(f"/v1/trials/{about['trial']}/epochs")["items"]
    assert [e["best_value"] for e in epochs] == [0.5, 0.9, 0.9, 0.9]


def test_reports_are_idempotent(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    news = {"epochs": [epoch(about, 1, val_accuracy=0.5)], "verdicts": [verdict(about)]}
    desk.report(claim, **news)
    desk.report(claim, **news)
    assert len(desk.get(f"/v1/trials/{about['trial']}/epochs")["items"]) == 1
    assert len(desk.get("/v1/verdicts")["items"]) == 1


def test_a_first_report_of_an_epoch_stands(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    desk.report(claim, epochs=[epoch(about, 1, val_accuracy=0.5)])
    desk.report(claim, epochs=[epoch(about, 1, val_accuracy=0.6)])
    (row,) = desk.get(f"/v1/trials/{about['trial']}/epochs")["items"]
    assert row["val_accuracy"] == 0.5


def test_what_is_not_finite_is_null(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    raw = (
        '{"epochs": [{"trial": %d, "attempt": 1, "epoch": 1, "train_loss": NaN, '
        '"val_accuracy": NaN, "signals": {"update_ratio": {"fc1": Infinity}, "x": [NaN, 1]}}]}'
    )
    reply = desk.http.post(
        f"/v1/leases/{claim['lease']}/reports",
        content=raw % about["trial"],
        headers={"Lease-Token": claim["token"], "Content-Type": "application/json"},
    )
    assert reply.status_code == 200, reply.text
    (row,) = desk.get(f"/v1/trials/{about['trial']}/epochs")["items"]
    assert row["train_loss"] is None
    assert desk.get(f"/v1/trials/{about['trial']}")["value"] is None
    (signals,) = desk.get(f"/v1/trials/{about['trial']}/signals")["items"]
    assert signals["signals"] == {"update_ratio": {"fc1": None}, "x": [None, 1]}


def test_epoch_zero_is_no_result(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    desk.report(claim, epochs=[epoch(about, 0, val_accuracy=0.99)])
    assert desk.get(f"/v1/trials/{about['trial']}")["value"] is None


@pytest.mark.parametrize("verb", ["reports", "finish"])
def test_a_wrong_token_changes_nothing(desk: Desk, verb: str) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim() | {"token": "guessed"}
    (about,) = held(claim)
    news = {"epochs": [epoch(about, 1)], "ends": [about | {"state": "complete"}]}
    reply = desk.send(claim, verb, **news)
    assert reply.status_code == 409
    assert reply.json()["error"] == "lease_lost"
    assert states(desk, study) == ["running"]
    assert desk.get(f"/v1/trials/{about['trial']}/epochs")["items"] == []


def test_no_token_is_422(desk: Desk) -> None:
    reply = desk.http.post("/v1/leases/1/reports", json={})
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == "Lease-Token"


@SHORT_LEASE
def test_a_lost_lease_is_taken_over_and_the_late_report_refused(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    dead = desk.claim(worker="dead")
    (late,) = held(dead)
    desk.report(dead, epochs=[epoch(late, 1, val_accuracy=0.7)], verdicts=[verdict(late)])
    desk.await_(lambda: states(desk, study) == ["waiting"])
    trial = desk.get(f"/v1/trials/{late['trial']}")
    assert (trial["value"], trial["epochs_done"]) == (None, 0)
    assert desk.get("/v1/verdicts")["items"] == []
    second = desk.claim(worker="alive")
    (again,) = held(second)
    assert again == {"trial": late["trial"], "attempt": 2}
    reply = desk.send(dead, epochs=[epoch(late, 2, val_accuracy=0.99)])
    assert reply.status_code == 409
    desk.complete(second, value=0.8)
    trial = desk.get(f"/v1/trials/{late['trial']}")
    assert (trial["state"], trial["value"]) == ("complete", 0.8)
    assert [a["state"] for a in trial["attempt_list"]] == ["lost", "ended"]
    kinds = [e["kind"] for e in desk.get(f"/v1/trials/{late['trial']}/logs")["items"]]
    assert "attempt_lost" in kinds


@SHORT_LEASE
def test_an_expired_lease_is_dead_even_before_the_reaper_comes(
    desk: Desk, settings: Settings
) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    time.sleep(settings.lease_seconds + 0.01)  # the lease's own time
    assert desk.send(claim).status_code == 409


@pytest.mark.parametrize("lease_seconds", [1.5])  # short to wait for, long under load
def test_reports_and_heartbeats_keep_a_lease_alive(desk: Desk, settings: Settings) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    for _ in range(4):
        time.sleep(settings.lease_seconds / 3)  # as a worker's heart beats
        desk.report(claim)
    assert states(desk, study) == ["running"]


@SHORT_LEASE
def test_too_many_lost_attempts_fail_the_trial(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    for _ in range(3):
        desk.await_(lambda: desk.claim() is not None)
    desk.await_(lambda: states(desk, study) == ["failed"])
    (trial,) = desk.get(f"/v1/studies/{study}/trials")["items"]
    assert "3 attempts were lost" in trial["reason"]
    assert desk.study(study)["state"] == "complete"


def test_given_back_trials_wait_again_at_no_cost(desk: Desk) -> None:
    study = desk.submit(trials=2)["id"]
    claim = desk.claim(slots=2)
    first, second = held(claim)
    desk.finish(claim, ends=[first | {"state": "complete"}])
    assert states(desk, study) == ["complete", "waiting"]
    again = desk.claim()
    reply = desk.http.delete(
        f"/v1/leases/{again['lease']}", headers={"Lease-Token": again["token"]}
    )
    assert reply.status_code == 204
    assert states(desk, study) == ["complete", "waiting"]
    assert desk.send(again).status_code == 409
    attempts = desk.get(f"/v1/trials/{second['trial']}")["attempt_list"]
    assert [a["state"] for a in attempts] == ["released", "released"]


def test_free_slots_are_refilled_with_the_same_stack_key(desk: Desk) -> None:
    desk.submit(trials=4)
    claim = desk.claim(slots=2)
    first, _ = held(claim)
    orders = desk.report(claim, ends=[first | {"state": "complete"}], free_slots=1)
    (fresh,) = orders["assignments"]
    assert fresh["number"] == 2
    about = {"trial": fresh["trial"], "attempt": fresh["attempt"]}
    assert desk.report(claim, epochs=[epoch(about, 1)])["stop"] == []


def test_a_fatal_verdict_makes_the_trial_infeasible_at_once(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    (about,) = held(claim)
    fatal = verdict(about, severity="fatal", summary="The loss is not finite at lr 1000.")
    orders = desk.report(claim, epochs=[epoch(about, 1)], verdicts=[fatal])
    assert orders["stop"] == [about["trial"]]
    (trial,) = desk.get(f"/v1/studies/{study}/trials")["items"]
    assert (trial["state"], trial["reason"]) == ("infeasible", "The loss is not finite at lr 1000.")
    assert len(desk.get("/v1/verdicts", severity="fatal")["items"]) == 1


def test_verdicts_beside_a_fatal_one_are_kept(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    fatal = verdict(about, severity="fatal")
    desk.report(claim, verdicts=[fatal, verdict(about, check="update_ratio")])
    checks = {v["check"] for v in desk.get("/v1/verdicts")["items"]}
    assert checks == {"diverging", "update_ratio"}


def test_stop_on_never_goes_on(desk: Desk) -> None:
    study = desk.submit(trials=1, diagnostics={"stop_on": "never"})["id"]
    claim = desk.claim()
    (about,) = held(claim)
    assert desk.report(claim, verdicts=[verdict(about, severity="fatal")])["stop"] == []
    assert states(desk, study) == ["running"]


def test_a_failed_trial_keeps_its_traceback(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    (about,) = held(claim)
    desk.finish(claim, ends=[about | {"state": "failed", "reason": "Traceback: ZeroDivisionError"}])
    (trial,) = desk.get(f"/v1/studies/{study}/trials")["items"]
    assert (trial["state"], trial["reason"]) == ("failed", "Traceback: ZeroDivisionError")
    assert desk.study(study)["best"] is None


def test_news_of_a_trial_that_is_over_is_an_order_to_stop(desk: Desk) -> None:
    desk.submit(trials=2)
    claim = desk.claim(slots=2)
    first, second = held(claim)
    desk.report(claim, ends=[first | {"state": "complete"}])
    orders = desk.report(claim, epochs=[epoch(first, 9), epoch(second, 1)])
    assert orders["stop"] == [first["trial"]]
    assert desk.get(f"/v1/trials/{first['trial']}/epochs")["items"] == []


def test_artifacts_are_kept_and_fetched(desk: Desk, settings: Settings) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    (about,) = held(claim)
    path = f"/v1/leases/{claim['lease']}/trials/{about['trial']}/artifacts/best.safetensors"
    fence = {"Lease-Token": claim["token"]}
    assert desk.http.put(path, content=b"old", headers=fence).status_code == 204
    assert desk.http.put(path, content=b"weights", headers=fence).status_code == 204
    desk.complete(claim)
    (listed,) = desk.get(f"/v1/trials/{about['trial']}/artifacts")["items"]
    assert (listed["name"], listed["bytes"]) == ("best.safetensors", 7)
    url = f"/v1/trials/{about['trial']}/artifacts/best.safetensors"
    assert desk.http.get(url).content == b"weights"
    assert desk.http.put(path, content=b"late", headers=fence).status_code == 409
    assert desk.http.get(url).content == b"weights"
    assert list(Path(settings.artifacts_url).rglob("*.safetensors"))
    desk.http.delete(f"/v1/studies/{study}")
    assert not list(Path(settings.artifacts_url).rglob("*.safetensors"))


@pytest.mark.parametrize("name", ["..", ".hidden", "a b", "x" * 101, "%2e%2e%2fetc"])
def test_file_names_cannot_leave_the_folder(desk: Desk, name: str) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    path = f"/v1/leases/{claim['lease']}/trials/1/artifacts/{name}"
    reply = desk.http.put(path, content=b"x", headers={"Lease-Token": claim["token"]})
    assert reply.status_code in (404, 405, 422)
    assert desk.get("/v1/trials/1/artifacts")["items"] == []


def test_a_lost_file_is_a_404_that_says_so(desk: Desk, settings: Settings) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    path = f"/v1/leases/{claim['lease']}/trials/{about['trial']}/artifacts/best.safetensors"
    desk.http.put(path, content=b"x", headers={"Lease-Token": claim["token"]})
    for file in Path(settings.artifacts_url).rglob("*.safetensors"):
        file.unlink()
    reply = desk.http.get(f"/v1/trials/{about['trial']}/artifacts/best.safetensors")
    assert reply.status_code == 404
    assert "file any more" in reply.json()["detail"]
    reply = desk.http.get(f"/v1/trials/{about['trial']}/artifacts/other.bin")
    assert reply.status_code == 404
