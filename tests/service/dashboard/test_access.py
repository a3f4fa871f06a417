"""`/access` as admins and others see it, and `/login`."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from service.dashboard.access_room import HAPPENS
from service.settings import Settings
from service.tables import TokenRow, Webhook, now
from service.webhooks import KINDS
from tests.service.dashboard.reading import page, read
from tests.service.dashboard.test_look import emitted
from tests.service.desk import Desk
from tests.service.doors import FIRST, guarded, made, sign_in

HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 150


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Its queries run on both in the tests of the API."""
    return sqlite_url


def test_an_open_service_says_that_everybody_may_do_everything(desk: Desk) -> None:
    said = read(page(desk, "/access"))
    assert "Everybody on this machine may do everything" in said
    assert "127.0.0.1 alone" in said
    assert "open nothing more" not in said
    desk.http.post("/v1/tokens", json={"name": "x", "role": "viewer"})
    assert "Until it is, the tokens below open nothing more." in read(page(desk, "/access"))


def test_an_admin_sees_tokens_and_never_what_they_read(settings: Settings) -> None:
    with TestClient(guarded(settings)) as http:
        sign_in(http)
        desk = Desk(http)
        assert "SITTER_TOKEN is the only one" in read(page(desk, "/access"))
        token = made(http, "worker", name=HOSTILE, days=30)
        html = page(desk, "/access")
        said = read(html)
        assert "made here (1 worker)" in said
        assert "You came with SITTER_TOKEN , an admin's token" in said
        assert "<script>alert" not in html
        assert "<script>alert(1)</script>" in said
        assert token["token"] not in html
        assert FIRST not in html
        assert "Sign out" in said


def test_others_see_what_they_may_do_and_nothing_else(settings: Settings) -> None:
    with TestClient(guarded(settings)) as http:
        token = made(http, "viewer", name="reader")
        made(http, "worker", name="a secret machine")
        desk = Desk(http)
        sign_in(http, token["token"])
        html = page(desk, "/access")
        assert "You came with reader , a viewer's token: it may read every study" in read(html)
        assert "a secret machine" not in html
        assert "data-once" not in html


def test_an_expired_token_is_marked(desk: Desk) -> None:
    with desk.database.writing() as session:
        past = now() - timedelta(days=1)
        session.add(TokenRow(name="old", role="viewer", token_hash="h", expires_at=past))
    assert "▲ expired" in read(page(desk, "/access"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "– new Nothing has been sent yet."),
        ({"said": "answered 204 in 3 ms", "tried_at": now()}, "● working Answered 204 in 3 ms."),
        (
            {"said": "answered 500", "tried_at": now(), "failures": 2, "next_try_at": now()},
            "▲ failing Answered 500. 2 failed tries; the next at",
        ),
        (
            {"said": "answered 500", "tried_at": now(), "failures": 10, "state": "disabled"},
            "■ disabled Answered 500. Disabled after 10 failed tries; a test that arrives opens",
        ),
        (
            {"said": "answered 410", "tried_at": now(), "failures": 1, "state": "disabled"},
            "■ disabled Answered 410. Disabled; a test that arrives opens",
        ),
    ],
)
def test_a_webhook_says_how_its_last_try_went(
    desk: Desk, fields: dict[str, object], says: str
) -> None:
    row = {"url": "http://x/<b>", "events": ["verdict"], "secret": "whsec_hidden", "last_event": 0}
    with desk.database.writing() as session:
        session.add(Webhook(**({"failures": 0} | row | fields)))
    html = page(desk, "/access")
    assert says in read(html)
    assert "whsec_hidden" not in html
    assert "http://x/<b>" not in html


def test_every_kind_of_event_is_one_that_happens_and_is_in_words() -> None:
    assert set(HAPPENS) == set(KINDS)
    ends = {"trial_complete", "trial_pruned", "trial_infeasible", "trial_failed", "trial_cancelled"}
    assert set(KINDS) <= emitted() | ends


def test_many_tokens_are_paged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.dashboard.access_room.TOKENS", 2)
    for name in ("one", "two", "three"):
        desk.http.post("/v1/tokens", json={"name": name, "role": "viewer"})
    html = page(desk, "/access")
    assert "one" not in read(html).split("Tokens")[1].split("Older")[0].split()
    older = html.partition('href="/access?cursor=')[2].partition('"')[0]
    assert "one" in read(page(desk, f"/access?cursor={older}"))


def test_both_pages_have_landmarks_labels_and_no_inline_script(settings: Settings) -> None:
    with TestClient(guarded(settings)) as http:
        desk = Desk(http)
        pages = [page(desk, "/login")]
        sign_in(http)
        made(http, "viewer")
        for html in [*pages, page(desk, "/access")]:
            assert html.count("<h1>") == 1
            assert '<main id="content">' in html
            assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=", html)
            assert not re.search(r"<th(?![^>]*scope=)[ >]", html)
            ids = re.findall(r'\sid="([^"]+)"', html)
            assert len(ids) == len(set(ids))
