"""A viewer's browser: what the token does not allow is said beside what was pressed."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SLOW, Window
from tests.service.dashboard.filling import at
from tests.service.desk import Desk, held, verdict
from tests.service.doors import FIRST, made

pytestmark = pytest.mark.browser

REMEDY = {"text": "Lower lr to 0.1.", "patch": {"optimizer.lr": 0.1}}
NEAR = 400  # px between a button and the sentence about it


@pytest.fixture
def token() -> str:
    return FIRST


@pytest.fixture
def trial(desk: Desk) -> int:
    """Of study 1, which has another one waiting: ended, with a remedy."""
    claim = at(desk, 1000.0)
    [about] = held(claim)
    waiting = {"optimizer.lr": 0.1, "optimizer.weight_decay": 1e-4}
    desk.http.post(f"/v1/studies/{claim['study']}/trials", json={"points": [waiting]})
    said = verdict(about, severity="fatal", remedy=REMEDY, causes={"lr_too_high": 0.9})
    desk.report(claim, verdicts=[said], ends=[about | {"state": "infeasible"}])
    return int(about["trial"])


def enter(window: Window, desk: Desk, url: str, path: str) -> Page:
    """A page as a viewer has it who has signed in."""
    page = window.open(f"{url}{path}")
    page.get_by_label("Token").fill(made(desk.http, "viewer")["token"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}{path}")
    return page


def press(page: Page, button: Locator) -> None:
    """Presses it, agrees where it asks, and looks for the refusal beside it."""
    button.click()
    if page.get_by_role("dialog").count():
        page.get_by_role("dialog").get_by_role("button").last.click()
    said = page.get_by_role("status").filter(has_text="this token is a viewer's")
    expect(said).to_be_visible()
    expect(said).to_contain_text("needs a submitter's")
    here, there = button.bounding_box(), said.bounding_box()
    assert here is not None
    assert there is not None
    assert abs(here["y"] - there["y"]) < NEAR
    expect(button).to_be_enabled()


def test_a_studys_buttons_say_it(desk: Desk, trial: int, url: str, window: Window) -> None:
    page = enter(window, desk, url, "/studies/1")
    names = page.locator("button[data-action]:visible").all_inner_texts()
    assert {"Pause", "Cancel"} <= set(names)
    for name in names:
        press(page, page.get_by_role("button", name=name, exact=True).first)
        page.reload()


def test_a_trials_buttons_say_it(desk: Desk, trial: int, url: str, window: Window) -> None:
    page = enter(window, desk, url, f"/trials/{trial}")
    buttons = page.locator("button[data-action]:visible")
    assert buttons.count() >= 2
    for number in range(buttons.count()):
        press(page, buttons.nth(number))
        page.reload()


def test_a_new_study_is_tried_and_then_refused(desk: Desk, url: str, window: Window) -> None:
    """A draft keeps nothing, so a viewer may; submitting it says why not."""
    page = enter(window, desk, url, "/new")
    expect(page.locator("#ready")).to_have_text("Ready to submit")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Not submitted: this token is a viewer's")).to_be_visible()


def test_an_open_page_says_that_its_token_has_ended(desk: Desk, url: str, window: Window) -> None:
    page = enter(window, desk, url, "/?sort=name")
    [token] = desk.get("/v1/tokens")["items"]
    assert desk.http.delete(f"/v1/tokens/{token['id']}").is_success
    line = page.locator(".silence")
    expect(line).to_have_text("You are signed out. Sign in to follow this page.", timeout=SLOW)
    line.get_by_role("link").click()
    page.wait_for_url(f"{url}/login?next=**sort%3Dname")
