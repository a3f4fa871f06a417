"""A trial's page in a real browser: buttons, the question before a cancel, what updates keep."""

import json
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.service.dashboard.filling import at, healthy, keep, study_of_each
from tests.service.desk import Desk, epoch, held, verdict

pytestmark = pytest.mark.browser

LIVE = 10_000  # ms
PICTURE = {"width": 2, "height": 2, "channels": 1, "pixels": "AP8A/w=="}
SAMPLE = {"index": 3, "true": 1, "predicted": 0, "probability": 0.9, "picture": PICTURE}


def test_a_cancel_asks_once_and_escape_means_no(desk: Desk, url: str, window: Window) -> None:
    trial = held(at(desk, 0.1))[0]["trial"]
    page = window.open(f"{url}/trials/{trial}")
    cancel = page.get_by_role("button", name="Cancel", exact=True)
    cancel.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("It stops after 0 of 20 epochs.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(cancel).to_be_focused()
    assert desk.get(f"/v1/trials/{trial}")["state"] == "running"
    cancel.click()
    page.get_by_role("button", name="Cancel the trial").click()
    expect(page.locator("#answer h1")).to_contain_text("cancelled", timeout=LIVE)
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    assert desk.get(f"/v1/trials/{trial}")["state"] == "cancelled"
    assert window.complaints == []


def test_retry_leads_to_the_new_trial(desk: Desk, url: str, window: Window) -> None:
    trial = healthy(desk, at(desk, 0.1))
    page = window.open(f"{url}/trials/{trial}")
    page.get_by_role("button", name="Retry").click()
    page.wait_for_url(f"{url}/trials/{trial + 1}")
    expect(page.locator("#answer")).to_contain_text("Waiting for a worker")
    assert window.complaints == []


def test_the_recipe_is_copied_as_yaml(desk: Desk, url: str, window: Window) -> None:
    trial = healthy(desk, at(desk, 0.031))
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = window.open(f"{url}/trials/{trial}")
    page.get_by_role("button", name="Copy as YAML").click()
    expect(page.get_by_text("The recipe is on the clipboard.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == desk.http.get(f"/trials/{trial}/recipe.yaml").text


def test_where_copying_is_not_allowed_that_is_said(desk: Desk, url: str, window: Window) -> None:
    trial = healthy(desk, at(desk, 0.031))
    window.page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('no'))"
    )
    page = window.open(f"{url}/trials/{trial}")
    page.get_by_role("button", name="Copy as YAML").click()
    expect(page.locator(".deeds [role=status]")).to_contain_text("download the recipe instead")


def test_an_update_keeps_the_focus_and_what_is_open(desk: Desk, url: str, window: Window) -> None:
    claim = at(desk, 1000.0)
    (about,) = held(claim)
    remedy = {"text": "Lower lr.", "patch": {"optimizer.lr": 0.1}}
    said = verdict(about, evidence={"lr": 1000.0}, remedy=remedy)
    desk.report(claim, epochs=[epoch(about, 1, val_accuracy=0.1)], verdicts=[said])
    page = window.open(f"{url}/trials/{about['trial']}")
    page.locator("#diverging summary").click()
    page.locator("#apply-diverging").focus()
    another = verdict(about, "plateau", summary="It is flat.")
    desk.report(claim, epochs=[epoch(about, 2, val_accuracy=0.1)], verdicts=[another])
    expect(page.locator("#plateau")).to_contain_text("It is flat.", timeout=LIVE)
    expect(page.locator("#apply-diverging")).to_be_focused()
    expect(page.locator("#diverging details")).to_have_attribute("open", "")


def test_a_link_to_a_verdict_that_passed_opens_the_list(
    desk: Desk, url: str, window: Window
) -> None:
    _, trials = study_of_each(desk)
    page = window.open(f"{url}/trials/{trials['good']}#initial_loss")
    expect(page.locator("#initial_loss")).to_be_visible()


def test_pictures_and_names_are_drawn_under_the_policy(
    desk: Desk, url: str, window: Window
) -> None:
    claim = at(desk, 0.1)
    (about,) = held(claim)
    keep(desk, claim, "worst.json", json.dumps({"samples": [SAMPLE]}).encode())
    learns = verdict(about, "no_learning", severity="pass", summary="The run learns.")
    marked = verdict(about, "inputs", summary="Inputs are large.", first_epoch=2, last_epoch=5)
    desk.report(claim, verdicts=[learns, marked])
    page = window.open(f"{url}/trials/{healthy(desk, claim)}")
    picture = page.locator(".samples img")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 2
    page.locator("#figure-loss").scroll_into_view_if_needed()
    expect(page.locator("#figure-loss .annotation", has_text="▲")).to_be_visible()
    page.locator("#figure-gradient_norm").scroll_into_view_if_needed()
    expect(
        page.locator(
            "#figure-gradient_norm .hm image, #figure-gradient_norm .heatmaplayer image"
        ).first
    ).to_be_attached()
    assert window.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_main_button_can_be_read(
    desk: Desk, url: str, window: Window, scheme: Literal["light", "dark"]
) -> None:
    window.page.emulate_media(color_scheme=scheme)
    claim = at(desk, 1000.0)
    (about,) = held(claim)
    remedy = {"text": "Lower lr.", "patch": {"optimizer.lr": 0.1}}
    desk.report(claim, verdicts=[verdict(about, remedy=remedy)])
    page = window.open(f"{url}/trials/{about['trial']}")
    style = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    ink, ground = page.locator("#deed-repair").evaluate(style)
    assert ink != ground
    expect(page.locator("#deed-repair")).to_have_text("Repair: lr 1000 → 0.1")
