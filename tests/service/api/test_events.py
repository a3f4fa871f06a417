"""The event stream, read as a browser reads it, from a real server."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.api.claims import POLL_SECONDS
from service.api.events import LOOK_BACK, Tail
from service.store import events
from service.tables import EventRow
from tests.service.desk import Desk
from tests.service.serving import served


def read(lines: Iterator[str], number: int) -> list[dict[str, Any]]:
    """The data of the next events of a stream."""
    found = []
    for line in lines:
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
        if len(found) == number:
            return found
    raise AssertionError("the stream ended")


def test_changes_arrive_as_they_happen(settings: Any) -> None:
    with served(settings) as url, httpx.Client(base_url=url, timeout=10) as http:
        with http.stream("GET", "/v1/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            next(lines)
            document = {"name": "n", "space": {"optimizer.lr": {"uniform": [0.1, 1]}}, "trials": 1}
            submit = threading.Timer(0.2, lambda: httpx.post(f"{url}/v1/studies", json=document))
            submit.start()
            (event,) = read(lines, 1)
            submit.join()
        assert (event["kind"], event["data"]) == ("study_created", {"name": "n"})


def test_a_reader_that_comes_back_misses_nothing(settings: Any) -> None:
    with served(settings) as url, httpx.Client(base_url=url, timeout=10) as http:
        for name in "abc":
            http.post("/v1/studies", json={"name": name, "trials": 1})
        with http.stream("GET", "/v1/events", headers={"Last-Event-ID": "1"}) as stream:
            seen = read(stream.iter_lines(), 2)
        assert [event["data"]["name"] for event in seen] == ["b", "c"]
        with http.stream("GET", "/v1/events", params={"after": 0, "study": 2}) as stream:
            (only,) = read(stream.iter_lines(), 1)
        assert only["data"]["name"] == "b"


def test_a_lower_number_that_is_committed_later_is_told(desk: Desk) -> None:
    """Postgres gives numbers before the commit, so a slower writer's may appear behind."""
    with desk.database.writing() as session:
        session.add(EventRow(id=5, kind="later", data={}))
    tail = Tail(desk.database, None, last=0)
    assert [event.id for event in tail.fresh()] == [5]
    with desk.database.writing() as session:
        session.add(EventRow(id=3, kind="earlier", data={}))
    assert [event.id for event in tail.fresh()] == [3]
    assert tail.fresh() == []


def test_a_worker_that_went_away_while_it_waited_gets_no_trials(settings: Any) -> None:
    with served(settings) as url:
        body = {"worker": {"name": "gone"}, "wait_seconds": 20}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/v1/claims", json=body, timeout=0.5)
        httpx.post(f"{url}/v1/studies", json={"name": "n", "trials": 1})
        time.sleep(3 * POLL_SECONDS)  # it would have been given the trial by now
        assert httpx.get(f"{url}/v1/studies/1").json()["counts"]["running"] == 0


@pytest.mark.parametrize("number", [LOOK_BACK * 3 + 7])
def test_many_events_are_told_once_each(desk: Desk, number: int) -> None:
    tail = Tail(desk.database, None, last=0)
    with desk.database.writing() as session:
        events.emit_each(session, [("k", None, None, {"n": n}) for n in range(number)])
    seen: list[int] = []
    while fresh := tail.fresh():
        seen += [event.data["n"] for event in fresh]
    assert seen == list(range(number))
