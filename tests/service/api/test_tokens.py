"""Tokens over the API: told once, kept as a hash, refused when revoked or expired."""

from datetime import timedelta

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import grants
from service.settings import Settings
from service.store import tokens
from service.tables import TokenRow, now
from tests.service.desk import Desk
from tests.service.doors import FIRST, bearer, guarded, made
from tests.service.serving import served


def status(http: TestClient, token: str) -> int:
    return int(http.get("/v1/studies", headers=bearer(token)).status_code)


def test_the_text_is_told_once_and_only_its_hash_is_kept(settings: Settings) -> None:
    app = guarded(settings)
    with TestClient(app) as http:
        token = made(http, "viewer", days=7)
        assert token["token"].startswith("sitter_")
        listed = http.get("/v1/tokens", headers=bearer()).json()["items"]
        assert [set(item) for item in listed] == [set(token) - {"token"}]
        with app.state.database.reading() as session:
            row = session.scalars(select(TokenRow)).one()
        assert row.token_hash == tokens.hashed(token["token"])
        names = [column.name for column in TokenRow.__table__.c]
        kept = [str(getattr(row, column)) for column in names]
        assert not any(token["token"] in value for value in kept)
        assert row.expires_at is not None
        assert row.expires_at - row.created_at == timedelta(days=7)


def test_a_revoked_token_is_refused_at_once(settings: Settings) -> None:
    with TestClient(guarded(settings)) as http:
        token, other = made(http, "viewer"), made(http, "viewer")
        assert status(http, token["token"]) == 200
        assert http.delete(f"/v1/tokens/{token['id']}", headers=bearer()).status_code == 204
        assert status(http, token["token"]) == 401
        assert status(http, other["token"]) == 200
        assert http.delete(f"/v1/tokens/{token['id']}", headers=bearer()).status_code == 404


def test_another_copy_of_the_service_refuses_it_when_it_looks_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = guarded(settings)
    with TestClient(guarded(settings)) as here, TestClient(other) as there:
        token = made(here, "viewer")
        assert status(there, token["token"]) == 200
        monkeypatch.setattr(grants, "KEPT_SECONDS", 0.0)
        here.delete(f"/v1/tokens/{token['id']}", headers=bearer())
        assert status(here, token["token"]) == 401
        assert status(there, token["token"]) == 200  # it remembers, for some seconds
        other.state.grants.forget(tokens.hashed(token["token"]))
        assert status(there, token["token"]) == 401


def test_a_token_revoked_while_it_is_looked_up_is_not_remembered(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = guarded(settings)
    with TestClient(app) as http:
        token = made(http, "viewer")
        known = tokens.known

        def read_and_then_revoked(session: Session, key: str) -> TokenRow | None:
            row = known(session, key)
            monkeypatch.setattr(tokens, "known", known)
            http.delete(f"/v1/tokens/{token['id']}", headers=bearer())
            return row

        monkeypatch.setattr(tokens, "known", read_and_then_revoked)
        status(http, token["token"])  # either answer is right: it was asked before
        assert status(http, token["token"]) == 401


def test_a_known_token_is_not_looked_up_again(settings: Settings) -> None:
    app = guarded(settings)
    with TestClient(app) as http:
        token = made(http, "viewer")["token"]
        assert status(http, token) == 200
        seen: list[str] = []
        app.state.grants._read = seen.append
        assert status(http, token) == 200
        assert seen == []


def test_an_expired_token_is_refused_though_it_is_remembered(settings: Settings) -> None:
    app = guarded(settings)
    with TestClient(app) as http:
        token = made(http, "viewer", days=1)
        assert status(http, token["token"]) == 200
        with app.state.database.writing() as session:
            row = session.get(TokenRow, token["id"])
            assert row is not None
            row.expires_at = now()
        app.state.grants.forget(tokens.hashed(token["token"]))
        assert status(http, token["token"]) == 401
        assert status(http, token["token"]) == 401


def test_the_last_use_is_written_at_most_once_a_minute(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grants, "KEPT_SECONDS", 0.0)
    with TestClient(guarded(settings)) as http:
        token = made(http, "viewer")["token"]

        def used() -> str | None:
            (item,) = http.get("/v1/tokens", headers=bearer()).json()["items"]
            return item["last_used_at"]

        assert used() is None
        status(http, token)
        first = used()
        assert first is not None
        status(http, token)
        assert used() == first
        monkeypatch.setattr(tokens, "USE_NOTED", timedelta(0))
        status(http, token)
        assert used() != first


def test_unknown_tokens_are_remembered_too_but_not_for_ever(settings: Settings) -> None:
    app = guarded(settings)
    with TestClient(app) as http:
        for number in range(grants.MOST_KEPT + 50):
            app.state.grants.of(app.state.grants.key(f"guess {number}"))
        assert len(app.state.grants._kept) == grants.MOST_KEPT
        assert status(http, "guess 1") == 401


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "", "role": "viewer"}, "name"),
        ({"name": "  ", "role": "viewer"}, "name"),
        ({"name": "x" * 201, "role": "viewer"}, "name"),
        ({"name": "x", "role": "owner"}, "role"),
        ({"name": "x", "role": "viewer", "days": 0}, "days"),
        ({"name": "x", "role": "viewer", "rôle": 1}, "rôle"),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, wrong: dict[str, object], field: str) -> None:
    reply = desk.http.post("/v1/tokens", json=wrong)
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == field


def test_without_sitter_token_everybody_is_an_admin(desk: Desk) -> None:
    assert desk.http.post("/v1/tokens", json={"name": "x", "role": "viewer"}).status_code == 201
    assert desk.http.get("/v1/tokens", headers=bearer("whatever")).status_code == 200


def test_a_stream_that_is_open_ends_with_its_token(settings: Settings) -> None:
    locked = Settings.model_validate(settings.model_dump() | {"token": FIRST})
    with served(locked) as url, httpx.Client(base_url=url, timeout=20) as http:
        body = {"name": "x", "role": "viewer"}
        token = http.post("/v1/tokens", json=body, headers=bearer()).json()
        with http.stream("GET", "/v1/events", headers=bearer(token["token"])) as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": following"
            http.delete(f"/v1/tokens/{token['id']}", headers=bearer())
            assert "".join(lines) == ""
