"""Health, access, limits, errors and the description of the API."""

import base64
import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from service import schema
from service.api.studies import StudyChange
from service.app import create_app
from service.db import normalised
from service.settings import Settings
from service.wire import ClaimRequest, Report
from tests.service.desk import HOME, Desk, held, verdict

TOKEN = "a-token-of-some-length"


def test_alive_and_ready(desk: Desk) -> None:
    assert desk.get("/healthz") == {"status": "ok"}
    assert desk.get("/readyz") == {"status": "ready", "revision": "0005"}


def test_not_ready_without_tables(database_url: str) -> None:
    bare = Settings(database_url=database_url, migrate_on_start=False)
    with TestClient(create_app(bare), base_url=HOME, raise_server_exceptions=False) as http:
        reply = http.get("/readyz")
        assert reply.status_code == 503
        assert "sitter db upgrade" in reply.json()["reason"]
        assert http.get("/healthz").status_code == 200


def test_not_ready_without_a_database(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/none", migrate_on_start=False)
    with TestClient(create_app(settings), base_url=HOME) as http:
        reply = http.get("/readyz")
        assert reply.status_code == 503
        assert "does not answer" in reply.json()["reason"]


def test_workers_are_listed(desk: Desk) -> None:
    desk.submit(trials=2)
    desk.claim(worker="a")
    desk.claim(worker="b")
    listed = desk.get("/v1/workers")["items"]
    assert [w["name"] for w in listed] == ["b", "a"]
    assert [w["state"] for w in listed] == ["online", "online"]
    assert [len(w["trials"]) for w in listed] == [1, 1]


@pytest.fixture
def guarded(settings: Settings):
    locked = Settings.model_validate(settings.model_dump() | {"token": TOKEN})
    with TestClient(create_app(locked)) as http:
        yield http


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"me:{password}".encode()).decode()


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", basic(TOKEN)])
def test_the_token_opens(guarded: TestClient, header: str) -> None:
    assert guarded.get("/v1/studies", headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer wrong", "Basic ???", basic("wrong"), TOKEN, "Bearer ", "Digest x"]
)
def test_nothing_else_opens(guarded: TestClient, header: str) -> None:
    for path in ("/v1/studies", "/", "/openapi.json", "/v1/events"):
        reply = guarded.get(path, headers={"Authorization": header})
        assert reply.status_code == 401
        assert reply.json()["error"] == "unauthorized"
        assert "Basic" in reply.headers["WWW-Authenticate"]


def test_probes_need_no_token(guarded: TestClient) -> None:
    assert guarded.get("/healthz").status_code == 200
    assert guarded.get("/readyz").status_code == 200


def test_too_large_a_body_is_413(settings: Settings) -> None:
    small = settings.model_copy(update={"max_request_bytes": 2048})
    with TestClient(create_app(small), base_url=HOME) as http:
        reply = http.post("/v1/studies", json={"name": "x" * 5000})
        assert reply.status_code == 413
        assert "2048 bytes" in reply.json()["detail"]


def test_broken_json_is_422(desk: Desk) -> None:
    reply = desk.http.post(
        "/v1/studies", content=b"{nope", headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 422
    assert "not JSON" in reply.json()["detail"]


def test_deep_nesting_is_refused(desk: Desk) -> None:
    deep = "[" * 100_000
    reply = desk.http.post(
        "/v1/studies", content=deep.encode(), headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 422
    assert "nested too deeply" in reply.json()["detail"]


def test_deep_evidence_is_refused(desk: Desk) -> None:
    deep: dict[str, object] = {}
    for _ in range(20):
        deep = {"x": deep}
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    reply = desk.send(claim, verdicts=[verdict(about, evidence=deep)])
    assert reply.status_code == 422
    assert "nested more than 8 deep" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("PUT", "/v1/studies", 405), ("GET", "/v1/studies/x", 422)],
)
def test_every_error_has_our_form(desk: Desk, method: str, path: str, status: int) -> None:
    reply = desk.http.request(method, path)
    assert reply.status_code == status
    assert set(reply.json()) == {"error", "detail", "fields"}


def test_an_unforeseen_error_tells_nothing_of_itself(settings: Settings) -> None:
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("a secret")

    with TestClient(app, base_url=HOME, raise_server_exceptions=False) as http:
        reply = http.get("/broken")
    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert reply.json()["error"] == "internal"


def test_replies_forbid_other_hosts(desk: Desk) -> None:
    policy = desk.http.get("/v1/studies").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy


def test_openapi_has_examples_and_all_routes(desk: Desk) -> None:
    described = desk.get("/openapi.json")
    body = described["paths"]["/v1/studies"]["post"]["requestBody"]
    assert "digits" in json.dumps(body)
    for model in (ClaimRequest, Report, StudyChange):
        example = described["components"]["schemas"][model.__name__]["example"]
        assert model.model_validate(example)
    for path in (
        "/v1/studies/{study_id}/trials",
        "/v1/studies/{study_id}/best",
        "/v1/trials/{trial_id}/signals",
        "/v1/verdicts",
        "/v1/checks",
        "/v1/claims",
        "/v1/leases/{lease_id}/reports",
        "/v1/leases/{lease_id}/finish",
        "/v1/workers",
        "/v1/events",
    ):
        assert path in described["paths"], path


def test_tables_are_made_on_start(settings: Settings) -> None:
    app = create_app(settings)
    with TestClient(app):
        assert schema.state(app.state.database.engine).up_to_date


def test_a_database_that_was_away_is_503_and_then_well(postgres_url: str, tmp_path: Path) -> None:
    """What clients try again; the pool has let its dead connections go."""
    settings = Settings(database_url=postgres_url, artifacts_url=str(tmp_path))
    with TestClient(create_app(settings), base_url=HOME, raise_server_exceptions=False) as http:
        assert http.get("/v1/studies").status_code == 200
        other = create_engine(normalised(postgres_url), isolation_level="AUTOCOMMIT")
        with other.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        other.dispose()
        first = http.get("/v1/studies")
        assert first.status_code == 503
        assert first.json()["error"] == "unavailable"
        assert http.get("/v1/studies").status_code == 200
