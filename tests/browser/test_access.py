"""Access in a real browser: signing in, making and revoking a token, a webhook and its test."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.service.desk import Desk
from tests.service.doors import FIRST, bearer
from tests.service.receiving import receiving

pytestmark = pytest.mark.browser


@pytest.fixture
def token() -> str:
    return FIRST


def enter(window: Window, url: str, path: str, token: str = FIRST) -> None:
    """Opens a page, and signs in where it is asked for."""
    page = window.open(f"{url}{path}")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}{path}")


def test_signing_in_leads_to_the_page_and_its_live_changes(
    desk: Desk, url: str, window: Window
) -> None:
    enter(window, url, "/fleet")
    expect(window.page.locator("h1")).to_have_text("Fleet")
    desk.submit()
    desk.claim(worker="gpu-3")
    expect(window.page.locator("#workers")).to_contain_text("gpu-3", timeout=15_000)
    assert window.complaints == []


def test_a_wrong_token_is_said_beside_the_field(url: str, window: Window) -> None:
    page = window.open(f"{url}/access")
    page.get_by_label("Token").fill("nobody's token at all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This token is not known")
    expect(page.get_by_label("Token")).to_be_focused()


def test_a_token_is_shown_once_opens_and_is_revoked(url: str, window: Window) -> None:
    enter(window, url, "/access")
    page = window.page
    page.get_by_label("Whose it is").fill("<b>gpu-3</b>")
    page.get_by_role("radio", name="worker").check()
    page.get_by_role("button", name="Make token").click()
    told = page.get_by_label("The token, shown only now")
    expect(told).to_be_visible()
    token = told.input_value()
    expect(page.locator("#tokens")).to_contain_text("<b>gpu-3</b>")
    expect(page.locator("#answer")).to_contain_text("1 worker")
    with httpx.Client(base_url=url, headers=bearer(token)) as worker:
        assert worker.get("/v1/studies").status_code == 200
        page.get_by_role("button", name="Revoke <b>gpu-3</b>").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Revoke the token “<b>gpu-3</b>”?")
        dialog.get_by_role("button", name="No").click()
        assert worker.get("/v1/studies").status_code == 200
        page.get_by_role("button", name="Revoke <b>gpu-3</b>").click()
        dialog.get_by_role("button", name="Revoke").click()
        expect(page.locator("#tokens")).to_contain_text("No token has been made yet.")
        assert worker.get("/v1/studies").status_code == 401
    page.reload()
    expect(page.get_by_label("The token, shown only now")).to_be_hidden()
    assert token not in page.content()
    assert window.complaints == []


def test_a_webhook_is_added_and_tested(url: str, window: Window) -> None:
    enter(window, url, "/access")
    page = window.page
    with receiving() as receiver:
        page.get_by_label("To", exact=True).fill(receiver.url)
        page.get_by_role("button", name="Add webhook").click()
        expect(page.get_by_label("The secret that signs, shown only now")).to_be_visible()
        expect(page.locator("#webhooks")).to_contain_text("study_complete, trial_infeasible")
        page.get_by_role("button", name="Send a test").click()
        expect(page.locator("#webhooks")).to_contain_text("● working")
        assert receiver.bodies[0]["type"] == "test"
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#webhooks")).to_contain_text("Not reached")
    assert window.complaints == []


def test_what_is_refused_is_said_and_what_was_typed_stays(url: str, window: Window) -> None:
    enter(window, url, "/access")
    page = window.page
    field = page.get_by_label("To", exact=True)
    field.fill("http://169.254.169.254/latest")
    page.get_by_role("button", name="Add webhook").click()
    refused = page.locator("form[data-url='/v1/webhooks'] [role=status]")
    expect(refused).to_contain_text("169.254.169.254 is not posted to")
    expect(field).to_have_value("http://169.254.169.254/latest")


def test_signing_out_closes_the_door(url: str, window: Window) -> None:
    enter(window, url, "/access")
    window.page.get_by_role("button", name="Sign out").click()
    window.page.wait_for_url(f"{url}/login")
    window.page.goto(f"{url}/access")
    window.page.wait_for_url(f"{url}/login?next=/access")


def test_a_page_of_another_site_changes_nothing(
    desk: Desk, url: str, window: Window, tmp_path: Path
) -> None:
    """The cookie is not sent, and the request would be refused with it."""
    study = desk.submit()["id"]
    enter(window, url, "/access")
    form = f'<form method="post" action="{url}/v1/studies/{study}/x"><button>go</button></form>'
    (tmp_path / "evil.html").write_text(form)
    window.page.goto(f"file://{tmp_path}/evil.html")
    with window.page.expect_response(lambda reply: reply.url.endswith("/x")) as reply:
        window.page.get_by_text("go").click()
    assert reply.value.status == 403


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_scrolls_sideways_but_tables(
    desk: Desk, url: str, window: Window, width: int
) -> None:
    desk.http.post("/v1/tokens", json={"name": "x" * 200, "role": "viewer"})
    long = {"url": "http://x/" + "y" * 1900, "events": ["verdict"]}
    desk.http.post("/v1/webhooks", json=long)
    window.page.set_viewport_size({"width": width, "height": 800})
    enter(window, url, "/access")
    assert window.page.evaluate("document.documentElement.scrollWidth") <= width
