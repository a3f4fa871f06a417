"""Browsers at the door: signing in, the cookie, and pages of other sites."""

import asyncio
import time
from typing import Any

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from service import sessions
from service.app import create_app
from service.dashboard import login_room
from service.dashboard.assets import STATIC_URL
from service.dashboard.login_room import local
from service.sessions import COOKIE, Sessions, Tries
from service.settings import Settings
from tests.service.desk import HOME, Desk
from tests.service.doors import FIRST, HTML, OURS, bearer, guarded, made, sign_in

STUDY = {"name": "s", "trials": 1}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here is a matter of SQL."""
    return sqlite_url


@pytest.fixture
def http(settings: Settings):
    with TestClient(guarded(settings), follow_redirects=False) as client:
        yield client


def test_a_page_without_a_token_leads_to_the_sign_in(http: TestClient) -> None:
    reply = http.get("/studies/3?show=8", headers=HTML)
    assert reply.status_code == 303
    assert reply.headers["location"] == "/login?next=/studies/3%3Fshow%3D8"
    said = http.get(reply.headers["location"], headers=HTML)
    assert said.status_code == 200
    assert 'value="/studies/3?show=8"' in said.text
    assert http.get(f"{STATIC_URL}/sitter.css").status_code == 200


def test_signing_in_opens_pages_the_api_and_goes_on(http: TestClient) -> None:
    reply = sign_in(http, next="/fleet?cursor=x")
    assert reply.status_code == 303
    assert reply.headers["location"] == "/fleet?cursor=x"
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert FIRST not in cookie
    assert http.get("/fleet", headers=HTML).status_code == 200
    assert http.get("/v1/studies").status_code == 200
    assert http.post("/v1/studies", json=STUDY, headers=OURS).status_code == 201
    assert http.get("/login?next=/fleet", headers=HTML).headers["location"] == "/fleet"


def test_over_tls_the_cookie_stays_there(settings: Settings) -> None:
    with TestClient(guarded(settings), base_url="https://testserver") as http:
        assert "Secure" in sign_in(http).headers["set-cookie"]


def test_a_wrong_token_is_told_and_gives_no_cookie(http: TestClient) -> None:
    for wrong in ("nobody's", "", "\0\ud83d".encode("utf-16", "surrogatepass").hex()):
        reply = sign_in(http, wrong)
        assert reply.status_code == 401
        assert "This token is not known" in reply.text
        assert "set-cookie" not in reply.headers
    assert http.post("/login", content=b"\xff&" * 50, headers=OURS).status_code == 401


def test_a_form_longer_than_any_token_is_refused(http: TestClient) -> None:
    reply = http.post("/login", content=iter([b"x" * 5000] * 3), headers=OURS)
    assert reply.status_code == 413
    assert "too long for a token" in reply.text


def test_no_more_of_a_form_is_held_than_a_token_needs() -> None:
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 4000, "more_body": True}

    scope = {"type": "http", "method": "POST", "headers": []}
    assert asyncio.run(login_room._form(Request(scope, receive))) is None
    assert asked == 3


def test_signing_in_may_be_tried_ten_times_a_minute(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        assert sign_in(http, "nobody's", next="/fleet").status_code == 401
    refused = sign_in(http, FIRST, next="/fleet")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert "Too many tries from this address" in refused.text
    assert 'value="/fleet"' in refused.text
    assert "set-cookie" not in refused.headers
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert sign_in(http, FIRST).status_code == 303


def test_each_address_has_tries_of_its_own_and_few_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "MOST_ADDRESSES", 2)
    tries = Tries()
    assert [tries.wait("a") for _ in range(11)] == [0] * 10 + [60]
    assert tries.wait("b") == 0
    assert tries.wait("a") == 60
    assert (tries.wait("b"), tries.wait("c"), tries.wait("a")) == (0, 0, 0)


def test_signing_out(http: TestClient) -> None:
    sign_in(http)
    assert http.post("/logout", headers=OURS).headers["location"] == "/login"
    assert COOKIE not in http.cookies
    assert http.get("/fleet", headers=HTML).status_code == 303


def test_a_session_has_its_tokens_role_and_ends_with_it(http: TestClient) -> None:
    token = made(http, "viewer")
    sign_in(http, token["token"])
    assert http.get("/v1/studies").status_code == 200
    reply = http.post("/v1/studies", json=STUDY, headers=OURS)
    assert reply.status_code == 403
    assert "a viewer's" in reply.json()["detail"]
    http.delete(f"/v1/tokens/{token['id']}", headers=bearer())
    assert http.get("/v1/studies").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": "http://testserver"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_cookie_changes_nothing_for_another_sites_page(
    http: TestClient, headers: dict[str, str], status: int
) -> None:
    sign_in(http)
    assert http.post("/v1/studies", json=STUDY, headers=headers).status_code == status


def test_neither_do_a_password_and_loopback(http: TestClient, desk: Desk) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    reply = http.post("/v1/studies", json=STUDY, headers=elsewhere, auth=("me", FIRST))
    assert reply.status_code == 403
    assert "another site" in reply.json()["detail"]
    assert desk.http.post("/v1/studies", json=STUDY, headers=elsewhere).status_code == 403
    assert desk.http.post("/v1/studies", json=STUDY).status_code == 201
    program = elsewhere | bearer()
    assert http.post("/v1/studies", json=STUDY, headers=program).status_code == 201


def test_a_page_that_is_open_is_not_asked_for_a_password(http: TestClient) -> None:
    """A 401 with Basic would open the browser's own dialog in the middle of a page."""
    quiet = http.get("/fleet", headers={"Accept": "text/html", "Sec-Fetch-Mode": "cors"})
    assert quiet.status_code == 401
    assert quiet.headers["www-authenticate"].startswith("Bearer")
    assert http.get("/v1/studies").headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/studies/1?a=b#c", "/studies/1?a=b#c"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("studies", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/\t/evil.example", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(target: str, goes: str) -> None:
    assert local(target) == goes


def test_a_cookie_cannot_be_made_changed_or_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, others = Sessions(FIRST), Sessions("another-token-of-16")
    cookie = ours.sealed("abc")
    assert ours.opened(cookie) == "abc"
    assert others.opened(cookie) is None
    for wrong in ("", ".", "first.9999999999.", cookie[:-1], cookie.replace("abc", "abd"), "é.1.x"):
        assert ours.opened(wrong) is None
    later = time.time() + 15 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    assert ours.opened(cookie) is None


def test_whoever_follows_a_link_from_elsewhere_is_asked_once_more(http: TestClient) -> None:
    """The first request of a strict cookie's browser comes without it; the second has it."""
    first = http.get("/login?next=/fleet", headers=HTML | {"Sec-Fetch-Site": "cross-site"})
    assert 'http-equiv="refresh"' in first.text
    second = http.get("/login?next=/fleet", headers=HTML | OURS)
    assert 'http-equiv="refresh"' not in second.text


def test_without_sitter_token_there_is_nothing_to_sign_in_to(desk: Desk) -> None:
    reply = desk.http.get("/login?next=/fleet", follow_redirects=False)
    assert reply.headers["location"] == "/fleet"
    reply = desk.http.post("/login", data={"token": "x"}, follow_redirects=False)
    assert reply.status_code in (303, 401)
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8321", "127.0.0.1.evil.example", "localhost.evil.example:8321",
     "localhost:8321@evil.example", "", "::1", "[::2]:8321", "x" * 5000],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/v1/studies", "/v1/claims", "/login", "/metrics"])
def test_an_open_service_answers_to_no_name_but_its_own(desk: Desk, host: str, path: str) -> None:
    """A site that lets its name mean 127.0.0.1 is of our own origin, for the browser."""
    rebound = {"Host": host, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    for method in ("GET", "POST"):
        reply = desk.http.request(method, path, headers=rebound)
        assert reply.status_code == 421
        assert reply.json()["error"] == "misdirected"
        said = reply.json()["detail"]
        assert "answers only to localhost, 127.0.0.1, [::1], and was asked as" in said
        assert "set SITTER_TOKEN" in said
        assert len(said) < 300


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8321", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8321"]
)
def test_an_open_service_answers_to_its_own_names(desk: Desk, host: str) -> None:
    assert desk.http.get("/v1/studies", headers={"Host": host}).status_code == 200
    assert desk.http.get("/", headers={"Host": host}).status_code == 200


def test_an_open_service_answers_to_the_address_it_was_told_to_listen_on(
    settings: Settings,
) -> None:
    there = settings.model_copy(update={"host": "127.0.0.2"})
    with TestClient(create_app(there), base_url="http://127.0.0.2:8321") as http:
        assert http.get("/v1/studies").status_code == 200
        assert http.get("/v1/studies", headers={"Host": "127.0.0.3"}).status_code == 421
    spelled = settings.model_copy(update={"host": "0:0:0:0:0:0:0:1"})
    with TestClient(create_app(spelled), base_url=HOME) as http:
        host = {"Host": "[0:0:0:0:0:0:0:1]:8321"}
        assert http.get("/v1/studies", headers=host).status_code == 200


def test_with_a_token_the_service_may_have_any_name(http: TestClient) -> None:
    host = {"Host": "sitter.example.org"}
    assert http.get("/v1/studies", headers=bearer() | host).status_code == 200


def test_probes_ask_for_no_name(desk: Desk) -> None:
    assert desk.http.get("/healthz", headers={"Host": "10.0.0.7:8321"}).status_code == 200
