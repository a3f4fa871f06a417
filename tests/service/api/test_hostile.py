"""What strangers send: answered in our form, never by a failure of ours, and nothing is kept."""

import base64
import json

import pytest

from tests.service.desk import Desk, epoch, held, verdict

HUGE = 10**30
JSON = {"Content-Type": "application/json"}


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/studies/{HUGE}",
        f"/v1/studies/{HUGE}/trials",
        f"/v1/studies/{2**31}/best",
        "/v1/studies/-1",
        f"/v1/trials/{HUGE}",
        f"/v1/trials/1/epochs?attempt={HUGE}",
        f"/v1/verdicts?study={HUGE}",
        f"/v1/verdicts?trial={HUGE}",
        f"/v1/events?after={HUGE}",
        f"/v1/events?study={HUGE}",
    ],
)
def test_numbers_beyond_sql_are_422(desk: Desk, path: str) -> None:
    reply = desk.http.get(path)
    assert reply.status_code == 422
    assert set(reply.json()) == {"error", "detail", "fields"}


@pytest.mark.parametrize(
    "cursor",
    [
        encoded([1, HUGE]),
        encoded([HUGE, 1]),
        encoded(["x", 1]),
        encoded([True, True]),
        encoded([[], 1]),
        encoded([1]),
        base64.urlsafe_b64encode(b"[" * 4000).decode(),
    ],
)
def test_made_up_cursors_are_422(desk: Desk, cursor: str) -> None:
    reply = desk.http.get("/v1/studies", params={"cursor": cursor})
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == "cursor"


@pytest.mark.parametrize("sort", ["number", "value", "ended_at"])
@pytest.mark.parametrize("descending", [False, True])
def test_every_order_is_paged(desk: Desk, sort: str, descending: bool) -> None:
    study = desk.submit(trials=5)["id"]
    for value in (0.5, 0.7, 0.5, 0.6):
        desk.complete(desk.claim(), value=value)
    desk.claim()
    query = {"sort": sort, "descending": descending}
    url = f"/v1/studies/{study}/trials"
    whole = [t["id"] for t in desk.get(url, **query)["items"]]
    seen, cursor = [], None
    while True:
        page = desk.get(url, **query, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [t["id"] for t in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == whole
    assert sorted(seen) == [1, 2, 3, 4, 5]


def test_half_a_surrogate_pair_is_refused_in_words(desk: Desk) -> None:
    for body in (b'{"name": "\\ud800"}', b'{"name": "x", "\\ud800": 1}'):
        reply = desk.http.post("/v1/studies", content=body, headers=JSON)
        assert reply.status_code == 422
        assert "\\ud800" in reply.text
    assert desk.get("/v1/studies")["items"] == []


def test_texts_of_workers_are_made_readable(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim(worker="w\0")
    (about,) = held(claim)
    odd = verdict(about, summary="a\0b", evidence={"x\0": "y\0"})
    desk.report(claim, verdicts=[odd])
    (kept,) = desk.get("/v1/verdicts")["items"]
    assert kept["summary"] == "a�b"
    assert kept["evidence"] == {"x�": "y�"}


def test_waiting_for_nan_seconds_is_422(desk: Desk) -> None:
    body = b'{"worker": {"name": "w"}, "wait_seconds": NaN}'
    reply = desk.http.post("/v1/claims", content=body, headers=JSON)
    assert reply.status_code == 422


def test_json_that_is_not_called_so_is_told_how(desk: Desk) -> None:
    reply = desk.http.post("/v1/studies", content=b"{}", headers={"Content-Type": "text/plain"})
    assert reply.status_code == 422
    assert "Content-Type: application/json" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"epochs": [}', "not JSON: Expecting value"),
        (b'{"epochs": [' + b"[" * 100_000, "nested too deeply"),
        (b'{"epochs": [{"trial": 1, "attempt": 1, "epoch": 1, "vall_loss": 1}]}', "vall_loss"),
        (b'{"epohcs": []}', "did you mean 'epochs'?"),
        (b"\xff", "parsing"),
    ],
)
def test_bad_reports_are_told_what_is_wrong(desk: Desk, body: bytes, detail: str) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    headers = JSON | {"Lease-Token": claim["token"]}
    reply = desk.http.post(f"/v1/leases/{claim['lease']}/reports", content=body, headers=headers)
    assert reply.status_code in (400, 422)
    assert detail in reply.json()["detail"]


def test_half_a_surrogate_pair_in_a_report_is_made_readable(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    news = {"verdicts": [verdict(about, summary="a\ud800", evidence={"x\ud800": ["\ud800"]})]}
    reply = desk.http.post(
        f"/v1/leases/{claim['lease']}/reports",
        content=json.dumps(news),
        headers=JSON | {"Lease-Token": claim["token"]},
    )
    assert reply.status_code == 200
    (kept,) = desk.get("/v1/verdicts")["items"]
    assert kept["summary"] == "a\\ud800"
    assert kept["evidence"] == {"x\\ud800": ["\\ud800"]}


def test_what_was_reported_once_stands(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    desk.report(claim, epochs=[epoch(about, n, val_accuracy=n / 10) for n in (1, 2, 3)])
    desk.report(claim, epochs=[epoch(about, 3, val_accuracy=0.99)])
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["value"], trial["best_epoch"]) == (0.3, 3)


@pytest.mark.parametrize(
    ("number", "accuracy"), [(21, 0.5), (10_000_000, 0.5), (1, 5e300), (1, -0.1)]
)
def test_impossible_epochs_are_refused_whole(desk: Desk, number: int, accuracy: float) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    rows = [epoch(about, 2, val_accuracy=0.4), epoch(about, number, val_accuracy=accuracy)]
    reply = desk.send(claim, epochs=rows)
    assert reply.status_code == 422
    assert desk.get(f"/v1/trials/{about['trial']}/epochs")["items"] == []
    assert desk.get(f"/v1/trials/{about['trial']}")["value"] is None
