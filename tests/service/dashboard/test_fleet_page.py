"""The fleet: who trains what, how much, and who is gone."""

import csv
import io
import re

from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.service.dashboard.filling import HOSTILE
from tests.service.dashboard.reading import page, read
from tests.service.desk import HOME, SHORT_LEASE, Desk


def test_slots_rate_and_heartbeat(desk: Desk) -> None:
    desk.submit(trials=8)
    claim = desk.claim(slots=4, worker="gpu-1")
    assert claim is not None
    desk.complete(claim)
    desk.claim(slots=2, worker="gpu-1")
    words = read(page(desk, "/fleet"))
    assert "1 worker is online, training 2 trials." in words
    assert "2 of 4 4 just now" in words


def test_workers_come_by_name(desk: Desk) -> None:
    desk.submit(trials=20)
    for name in ("c", "a", "b"):
        desk.claim(worker=f"gpu-{name}")
    assert re.findall(r"gpu-(\w)", page(desk, "/fleet")) == ["a", "b", "c"]


@SHORT_LEASE
def test_lost_workers_are_folded_away(desk: Desk, settings: Settings) -> None:
    desk.submit(trials=3)
    for name in ("one", HOSTILE):
        desk.claim(worker=name)
    impatient = settings.model_copy(update={"lease_seconds": 0.0001, "claim_wait_seconds": 0.0})
    with TestClient(create_app(impatient), base_url=HOME) as http:
        said = page(Desk(http), "/fleet")
        rows = list(csv.DictReader(io.StringIO(http.get("/fleet?format=csv").text)))
    assert "<summary>2 lost workers</summary>" in said
    assert "<script>alert" not in said
    assert {row["state"] for row in rows} == {"lost"}
    assert {row["worker"] for row in rows} == {"one", HOSTILE}


def test_the_fleet_as_csv(desk: Desk) -> None:
    desk.submit(trials=3)
    desk.claim(slots=2, worker="=gpu")
    [row] = csv.DictReader(io.StringIO(desk.http.get("/fleet?format=csv").text))
    assert row["worker"] == "'=gpu"
    assert (row["slots"], row["training"], row["state"]) == ("2", "2", "online")
