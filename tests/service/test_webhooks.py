"""Deliveries: at least once, in order, by one copy of the service, and not for ever."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from service import webhooks as delivery
from service.app import create_app
from service.settings import Settings
from service.store import webhooks
from service.tables import Webhook, now
from tests.service.dashboard.filling import at, diverged
from tests.service.desk import HOME, Desk
from tests.service.receiving import Receiver, receiving


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody writes slowly here, and a failure is tried again at once."""
    monkeypatch.setattr(webhooks, "SETTLED", timedelta(0))
    monkeypatch.setattr(webhooks, "FIRST_PAUSE", timedelta(0))


@pytest.fixture
def desk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A service whose own thread delivers nothing; the tests do."""
    monkeypatch.setattr(delivery.Courier, "run", lambda self: None)
    with TestClient(create_app(settings), base_url=HOME) as http:
        yield Desk(http)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as somebody:
        yield somebody


def hook(desk: Desk, receiver: Receiver, *events: str) -> int:
    body = {"url": receiver.url, "events": list(events or ("study_created",))}
    reply = desk.http.post("/v1/webhooks", json=body)
    assert reply.status_code == 201, reply.text
    return int(reply.json()["id"])


def shown(desk: Desk) -> dict[str, object]:
    (item,) = desk.get("/v1/webhooks")["items"]
    return item


def deliver(desk: Desk, webhook_id: int = 1) -> None:
    delivery.serve(desk.database, webhook_id, threading.Event())


def due(desk: Desk) -> list[int]:
    with desk.database.reading() as session:
        return webhooks.due(session)


def test_what_happens_from_now_on_is_told_once_and_in_order(desk: Desk, receiver: Receiver) -> None:
    desk.submit(name="before")
    hook(desk, receiver, "study_created", "study_deleted")
    assert due(desk) == []
    studies = [desk.submit(name=name)["id"] for name in "abc"]
    desk.http.delete(f"/v1/studies/{studies[0]}")
    assert due(desk) == [1]
    deliver(desk)
    deliver(desk)
    said = [(body["type"], body["data"].get("name")) for body in receiver.bodies]
    assert said == [("study_created", "b"), ("study_created", "c"), ("study_deleted", "a")]
    assert len(set(receiver.ids)) == 3
    assert due(desk) == []
    assert str(shown(desk)["said"]).startswith("answered 204")


def test_a_letter_says_what_it_is_about(desk: Desk, receiver: Receiver) -> None:
    hook(desk, receiver, "trial_infeasible", "verdict")
    diverged(desk, at(desk, 1000.0))
    deliver(desk)
    by_type = {body["type"]: body for body in receiver.bodies}
    infeasible = by_type["trial_infeasible"]["data"]
    assert infeasible["trial"] == 1
    assert infeasible["trial_number"] == 0
    assert infeasible["study_name"]
    assert by_type["verdict"]["data"]["severity"] in ("warning", "fatal")
    assert by_type["verdict"]["timestamp"].endswith("+00:00")


def test_a_failure_is_told_again_under_its_id_before_the_next(
    desk: Desk, receiver: Receiver
) -> None:
    hook(desk, receiver)
    for name in "ab":
        desk.submit(name=name)
    receiver.answers = [204, 500]
    deliver(desk)
    assert (shown(desk)["failures"], shown(desk)["said"]) == (1, "answered 500")
    deliver(desk)
    assert [body["data"]["name"] for body in receiver.bodies] == ["a", "b", "b"]
    assert receiver.ids[1] == receiver.ids[2]
    assert shown(desk)["failures"] == 0


def test_a_crash_before_it_is_written_tells_it_again(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(desk, receiver)
    desk.submit()
    with monkeypatch.context() as crash:
        crash.setattr(webhooks, "settle", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deliver(desk)
    deliver(desk)
    assert len(receiver.letters) == 1  # under the dead one's lease
    monkeypatch.setattr(webhooks, "now", lambda: now() + delivery.LEASE)
    deliver(desk)
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


def test_two_copies_of_the_service_tell_it_once(desk: Desk, receiver: Receiver) -> None:
    hook(desk, receiver)
    for _ in range(5):
        desk.submit()
    ready = threading.Barrier(4)

    def copy() -> None:
        ready.wait()
        deliver(desk)

    threads = [threading.Thread(target=copy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receiver.ids) == len(set(receiver.ids)) == 5


def test_whoever_lost_the_lease_writes_nothing(desk: Desk, receiver: Receiver) -> None:
    hook(desk, receiver)
    with desk.database.writing() as session:
        first = webhooks.claim(session, 1, timedelta(0))
        assert first is not None
    with desk.database.writing() as session:
        assert webhooks.claim(session, 1, delivery.LEASE) is not None
        assert webhooks.claim(session, 1, delivery.LEASE) is None
    with desk.database.writing() as session:
        assert not webhooks.settle(session, first, 99, webhooks.Outcome(True, "late"))
    assert shown(desk)["said"] is None


def test_after_ten_failures_it_is_disabled_and_a_test_opens_it_again(
    desk: Desk, receiver: Receiver
) -> None:
    hook(desk, receiver)
    desk.submit(name="kept")
    receiver.answers = [503] * webhooks.MOST_FAILURES
    for _ in range(webhooks.MOST_FAILURES + 3):
        deliver(desk)
    assert len(receiver.letters) == webhooks.MOST_FAILURES
    assert (shown(desk)["state"], shown(desk)["said"]) == ("disabled", "answered 503")
    assert due(desk) == []
    receiver.answers = [500]
    assert desk.http.post("/v1/webhooks/1/test").json()["state"] == "disabled"
    reply = desk.http.post("/v1/webhooks/1/test").json()
    assert (reply["state"], reply["failures"]) == ("active", 0)
    assert receiver.bodies[-1]["type"] == "test"
    deliver(desk)
    assert receiver.bodies[-1]["data"]["name"] == "kept"


def test_a_receiver_that_is_gone_is_asked_no_more(desk: Desk, receiver: Receiver) -> None:
    hook(desk, receiver)
    desk.submit()
    receiver.answers = [410]
    deliver(desk)
    assert shown(desk)["state"] == "disabled"


def test_pauses_grow_to_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "FIRST_PAUSE", timedelta(seconds=5))
    pauses = [webhooks.pause(n).total_seconds() for n in range(1, 13)]
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses[-1] == 3600
    assert sum(pauses[: webhooks.MOST_FAILURES - 1]) < 90 * 60


def test_it_passes_what_it_does_not_want(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "FAR", 2)
    hook(desk, receiver, "trial_failed")
    for _ in range(4):
        desk.submit()
    assert due(desk) == [1]
    deliver(desk)
    assert due(desk) == []
    assert (receiver.letters, shown(desk)["said"]) == ([], None)


def test_numbers_of_events_are_never_given_again(desk: Desk, receiver: Receiver) -> None:
    """SQLite would, once the last ones went with their study."""
    study = desk.submit()["id"]
    hook(desk, receiver)
    desk.http.delete(f"/v1/studies/{study}")
    desk.submit(name="after")
    deliver(desk)
    assert [body["data"]["name"] for body in receiver.bodies] == ["after"]


def test_an_event_waits_for_slower_writers(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SETTLED", timedelta(hours=1))
    hook(desk, receiver)
    desk.submit()
    assert due(desk) == []


def test_the_services_own_thread_delivers(
    settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "POLL_SECONDS", 0.05)
    with TestClient(create_app(settings), base_url=HOME) as http:
        desk = Desk(http)
        hook(desk, receiver)
        desk.submit()
        desk.await_(lambda: len(receiver.letters) == 1)
        desk.await_(lambda: shown(desk)["tried_at"] is not None)
    with TestClient(create_app(settings), base_url=HOME) as http:
        Desk(http).submit()
        Desk(http).await_(lambda: len(receiver.letters) == 2)
    assert len(set(receiver.ids)) == 2


def test_the_secret_is_told_once(desk: Desk, receiver: Receiver) -> None:
    body = {"url": receiver.url, "events": ["verdict", "verdict"]}
    made = desk.http.post("/v1/webhooks", json=body).json()
    assert made["secret"].startswith("whsec_")
    assert made["events"] == ["verdict"]
    assert "secret" not in shown(desk)
    assert "secret" not in desk.http.post("/v1/webhooks/1/test").json()
    own = body | {"secret": made["secret"]}
    assert desk.http.post("/v1/webhooks", json=own).json()["secret"] == made["secret"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"url": "x" * 3000}, "url"),
        ({"events": []}, "events"),
        ({"events": ["epochs"]}, "events.0"),
        ({"secret": "short"}, "secret"),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, wrong: dict[str, object], field: str) -> None:
    body = {"url": "http://127.0.0.1/", "events": ["verdict"]} | wrong
    reply = desk.http.post("/v1/webhooks", json=body)
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == field


def test_a_deleted_one_is_told_nothing(desk: Desk, receiver: Receiver) -> None:
    hook(desk, receiver)
    desk.submit()
    assert desk.http.delete("/v1/webhooks/1").status_code == 204
    deliver(desk)
    assert receiver.letters == []
    assert desk.http.delete("/v1/webhooks/1").status_code == 404
    assert desk.http.post("/v1/webhooks/1/test").status_code == 404


def test_there_are_not_too_many(desk: Desk, receiver: Receiver) -> None:
    with desk.database.writing() as session:
        for _ in range(webhooks.MOST):
            session.add(Webhook(url="http://x", events=[], secret="", last_event=0, failures=0))
    body = {"url": receiver.url, "events": ["verdict"]}
    assert desk.http.post("/v1/webhooks", json=body).status_code == 409
