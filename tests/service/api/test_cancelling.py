"""Cancelling one trial."""

from tests.service.desk import Desk, epoch, held


def test_a_running_trial_is_cancelled_and_its_worker_told(desk: Desk) -> None:
    study = desk.submit(trials=2)["id"]
    claim = desk.claim(slots=2)
    assert claim is not None
    first, second = held(claim)
    desk.report(claim, epochs=[epoch(first, 1, val_accuracy=0.5)])
    reply = desk.http.post(f"/v1/trials/{first['trial']}/cancel")
    assert reply.status_code == 200
    assert reply.json()["state"] == "cancelled"
    rows = [epoch(about, 2, val_accuracy=0.9) for about in (first, second)]
    assert desk.report(claim, epochs=rows)["stop"] == [first["trial"]]
    trial = desk.get(f"/v1/trials/{first['trial']}")
    assert (trial["state"], trial["value"], trial["epochs_done"]) == ("cancelled", 0.5, 1)
    assert trial["attempt_list"][0]["state"] == "ended"
    kinds = [e["kind"] for e in desk.get(f"/v1/trials/{first['trial']}/logs")["items"]]
    assert kinds[-1] == "trial_cancelled"
    assert desk.study(study)["state"] == "running"


def test_a_waiting_trial_is_never_handed_out(desk: Desk) -> None:
    study = desk.submit(trials=0)["id"]
    points = [{"optimizer.lr": 0.1}]
    added = desk.http.post(f"/v1/studies/{study}/trials", json={"points": points}).json()
    trial = added["items"][0]["id"]
    assert desk.http.post(f"/v1/trials/{trial}/cancel").status_code == 200
    assert desk.claim() is None
    assert desk.study(study)["state"] == "complete"


def test_what_is_over_cannot_be_cancelled(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    assert claim is not None
    desk.complete(claim)
    (about,) = held(claim)
    reply = desk.http.post(f"/v1/trials/{about['trial']}/cancel")
    assert reply.status_code == 409
    assert "is complete; only a trial that waits or runs" in reply.json()["detail"]
    assert desk.http.post("/v1/trials/77/cancel").status_code == 404
