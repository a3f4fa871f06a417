"""Attempts that join a running stack, and those that go on from a snapshot."""

from typing import Any

import pytest

from tests.service.desk import SHORT_LEASE, Desk, epoch, held


def keep(desk: Desk, claim: dict[str, Any], name: str) -> None:
    (about,) = held(claim)
    path = f"/v1/leases/{claim['lease']}/trials/{about['trial']}/artifacts/{name}"
    reply = desk.http.put(path, content=b"state", headers={"Lease-Token": claim["token"]})
    assert reply.status_code == 204, reply.text


def given_back(desk: Desk, values: list[float], *files: str) -> dict[str, Any]:
    """An attempt of one trial that told these values, left these files, and was given back."""
    claim = desk.claim()
    assert claim is not None
    (about,) = held(claim)
    rows = [epoch(about, n, val_accuracy=v) for n, v in enumerate(values, start=1)]
    first = about | {"epoch": 0, "signals": {"initial_loss": 2.3}}
    desk.report(claim, epochs=[first, *rows])
    for name in files:
        keep(desk, claim, name)
    desk.report(claim, released=[about])
    desk.finish(claim)
    return claim


def told(desk: Desk, trial: int, **query: Any) -> list[tuple[int, float | None]]:
    rows = desk.get(f"/v1/trials/{trial}/epochs", **query)["items"]
    return [(row["epoch"], row["val_accuracy"]) for row in rows]


def resumed(desk: Desk, at: int) -> tuple[dict[str, Any], dict[str, Any]]:
    claim = desk.claim()
    assert claim is not None
    (about,) = held(claim)
    joined = about | {"first_data_epoch": 7, "resumed_epoch": at}
    desk.report(claim, joined=[joined])
    return claim, about


def test_how_a_trial_joined_is_kept(desk: Desk) -> None:
    desk.submit(trials=2)
    claim = desk.claim(slots=2)
    first, second = held(claim)
    desk.report(claim, joined=[first | {"first_data_epoch": 0}, second | {"first_data_epoch": 12}])
    attempts = [desk.get(f"/v1/trials/{t['trial']}")["attempt_list"][0] for t in (first, second)]
    assert [a["first_data_epoch"] for a in attempts] == [0, 12]
    assert [a["resumed_epoch"] for a in attempts] == [0, 0]


def test_what_was_told_before_the_snapshot_is_the_new_attempts_too(desk: Desk) -> None:
    desk.submit(trials=1)
    given_back(desk, [0.5, 0.9, 0.7, 0.95], "snapshot.safetensors")
    claim, about = resumed(desk, at=3)
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["epochs_done"], trial["value"], trial["best_epoch"]) == (3, 0.9, 2)
    assert trial["attempt_list"][1]["resumed_epoch"] == 3
    assert trial["attempt_list"][1]["first_data_epoch"] == 7
    assert told(desk, about["trial"]) == [(0, None), (1, 0.5), (2, 0.9), (3, 0.7)]
    desk.report(claim, epochs=[epoch(about, 4, val_accuracy=0.8)])
    desk.finish(claim, ends=[about | {"state": "complete"}])
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["epochs_done"], trial["value"], trial["best_epoch"]) == (4, 0.9, 2)
    assert told(desk, about["trial"])[-1] == (4, 0.8)
    assert told(desk, about["trial"], attempt=1)[-1] == (4, 0.95)


def test_the_next_epoch_may_come_in_the_same_report(desk: Desk) -> None:
    desk.submit(trials=1)
    given_back(desk, [0.5, 0.6], "snapshot.safetensors")
    claim = desk.claim()
    (about,) = held(claim)
    joined = about | {"first_data_epoch": 0, "resumed_epoch": 2}
    desk.report(claim, joined=[joined], epochs=[epoch(about, 3, val_accuracy=0.4)])
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["epochs_done"], trial["value"], trial["best_epoch"]) == (3, 0.6, 2)
    assert [row["best_value"] for row in desk.get(f"/v1/trials/{about['trial']}/epochs")["items"]][
        1:
    ] == [0.5, 0.6, 0.6]


def test_joining_twice_is_joining_once(desk: Desk) -> None:
    """A worker repeats a report whose answer was lost."""
    desk.submit(trials=1)
    given_back(desk, [0.5, 0.6, 0.7], "snapshot.safetensors")
    claim, about = resumed(desk, at=2)
    desk.report(claim, epochs=[epoch(about, 3, val_accuracy=0.9)])
    joined = about | {"first_data_epoch": 7, "resumed_epoch": 2}
    desk.report(claim, joined=[joined])
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["epochs_done"], trial["value"], trial["best_epoch"]) == (3, 0.9, 3)
    assert told(desk, about["trial"])[-1] == (3, 0.9)


def test_epochs_come_from_the_attempt_that_left_the_snapshot(desk: Desk) -> None:
    desk.submit(trials=1)
    given_back(desk, [0.1, 0.2], "snapshot.safetensors")
    given_back(desk, [0.3, 0.4])  # began anew and left nothing
    _, about = resumed(desk, at=2)
    assert told(desk, about["trial"])[1:] == [(1, 0.1), (2, 0.2)]


def test_epochs_come_from_an_attempt_that_reached_the_snapshot(desk: Desk) -> None:
    desk.submit(trials=1)
    given_back(desk, [0.1, 0.2, 0.3], "snapshot-by-1.safetensors")
    given_back(desk, [0.5], "snapshot-by-2.safetensors")
    _, about = resumed(desk, at=3)
    assert told(desk, about["trial"])[1:] == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_what_no_attempt_told_is_not_made_up(desk: Desk) -> None:
    """A snapshot may be kept before the report of its epoch arrives."""
    desk.submit(trials=1)
    given_back(desk, [0.1, 0.2], "snapshot.safetensors")
    claim, about = resumed(desk, at=4)
    assert desk.get(f"/v1/trials/{about['trial']}")["epochs_done"] == 2
    desk.report(claim, epochs=[epoch(about, 5, val_accuracy=0.9)])
    assert told(desk, about["trial"])[1:] == [(1, 0.1), (2, 0.2), (5, 0.9)]


def test_a_first_attempt_has_nothing_to_go_on_from(desk: Desk) -> None:
    desk.submit(trials=1)
    _, about = resumed(desk, at=2)
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["epochs_done"], trial["value"]) == (0, None)


def test_an_epoch_that_the_trial_has_not_is_refused(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    reply = desk.send(claim, joined=[about | {"first_data_epoch": 0, "resumed_epoch": 21}])
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == "joined.resumed_epoch"
    assert desk.get(f"/v1/trials/{about['trial']}")["attempt_list"][0]["resumed_epoch"] == 0


@pytest.mark.parametrize("field", ["first_data_epoch", "resumed_epoch"])
def test_negative_epochs_are_refused(desk: Desk, field: str) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    reply = desk.send(claim, joined=[held(claim)[0] | {"first_data_epoch": 0, field: -1}])
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == f"joined.0.{field}"


def test_snapshots_are_offered_newest_first(desk: Desk) -> None:
    desk.submit(trials=1)
    files = ("snapshot-by-1.safetensors", "snapshot-by-2.safetensors", "best.safetensors")
    given_back(desk, [0.1, 0.2], *files)
    given_back(desk, [0.1], "snapshot-by-1.safetensors", "confusion.json")
    claim = desk.claim()
    assert claim["assignments"][0]["attempt"] == 3
    assert claim["assignments"][0]["resumable"] == [
        "snapshot-by-1.safetensors",
        "snapshot-by-2.safetensors",
    ]


def test_a_first_attempt_is_offered_nothing(desk: Desk) -> None:
    desk.submit(trials=2)
    claim = desk.claim()
    keep(desk, claim, "snapshot.safetensors")
    assert claim["assignments"][0]["resumable"] == []
    assert desk.claim()["assignments"][0]["resumable"] == []


@SHORT_LEASE
def test_a_lost_attempt_leaves_its_snapshot_to_the_next(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim(worker="dead")
    (about,) = held(claim)
    desk.report(claim, epochs=[epoch(about, n, val_accuracy=n / 10) for n in (1, 2, 3)])
    keep(desk, claim, "snapshot.safetensors")
    desk.await_(lambda: desk.study(study)["counts"]["waiting"] == 1)
    again = desk.claim(worker="alive")
    assert again["assignments"][0]["resumable"] == ["snapshot.safetensors"]
    (about,) = held(again)
    desk.report(again, joined=[about | {"first_data_epoch": 0, "resumed_epoch": 3}])
    desk.finish(again, ends=[about | {"state": "complete"}])
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["state"], trial["value"], trial["epochs_done"]) == ("complete", 0.3, 3)
