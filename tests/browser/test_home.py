"""The list of studies and the comparison in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Window
from tests.service.dashboard.filling import HOSTILE, at, healthy, point, study_of_each
from tests.service.desk import Desk

pytestmark = pytest.mark.browser

LIVE = 10_000  # ms


def listed(page: Page) -> list[str]:
    return page.locator(".studies tbody th a[href^='/studies/']").all_inner_texts()


def test_the_list_answers_while_the_reader_types(desk: Desk, url: str, window: Window) -> None:
    for name in ("digits-a", "cifar", "digits-b"):
        desk.submit(name=name, trials=1)
    page = window.open(url + "/")
    field = page.get_by_role("searchbox", name="Search")
    field.press_sequentially("dig")
    expect(page.locator("#answer")).to_contain_text("2 of 3 studies match.")
    assert listed(page) == ["digits-b", "digits-a"]
    assert page.url == f"{url}/?q=dig"
    expect(field).to_be_focused()
    field.press_sequentially("its-a")
    expect(page.locator("#answer")).to_contain_text("1 of 3 studies match")
    page.reload()
    expect(field).to_have_value("digits-a")
    assert listed(page) == ["digits-a"]
    field.fill("")
    expect(page.locator("#studies")).to_contain_text("cifar")
    assert page.url == f"{url}/"
    page.get_by_label("State").select_option("paused")
    expect(page.locator("#studies")).to_contain_text("No study matches.")
    assert page.url == f"{url}/?state=paused"
    assert window.complaints == []


def test_a_change_arrives_while_the_typed_text_stays(desk: Desk, url: str, window: Window) -> None:
    desk.submit(name="digits", trials=1)
    page = window.open(url + "/")
    field = page.get_by_role("searchbox", name="Search")
    field.press_sequentially("dig")
    expect(page.locator("#answer")).to_contain_text("1 of 1 study matches.")
    desk.submit(name="digits-later", trials=1)
    expect(page.locator("#studies")).to_contain_text("digits-later", timeout=LIVE)
    expect(field).to_have_value("dig")
    expect(field).to_be_focused()


def test_a_study_is_paused_and_resumed_by_keyboard(desk: Desk, url: str, window: Window) -> None:
    study = desk.submit(name="digits", trials=2)["id"]
    page = window.open(url + "/")
    page.get_by_role("button", name="Pause digits").focus()
    page.keyboard.press("Enter")
    resume = page.get_by_role("button", name="Resume digits")
    expect(resume).to_be_focused(timeout=LIVE)
    assert desk.study(study)["state"] == "paused"
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause digits")).to_be_focused(timeout=LIVE)
    assert desk.study(study)["state"] == "running"
    assert window.complaints == []


def test_deleting_asks_once_and_says_what_is_lost(desk: Desk, url: str, window: Window) -> None:
    study = desk.submit(name=HOSTILE, trials=3)["id"]
    page = window.open(url + "/")
    page.get_by_role("button", name="Cancel").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 waiting will not be trained")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert desk.study(study)["state"] == "running"
    page.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Cancel the study").click()
    page.get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("0 trials go with it: curves, verdicts and files.")
    expect(dialog).to_contain_text("<script>alert(1)</script>")
    dialog.get_by_role("button", name="Delete the study").click()
    expect(page.locator("#studies")).to_contain_text("sitter study submit", timeout=LIVE)
    assert desk.http.get(f"/v1/studies/{study}").status_code == 404
    assert window.complaints == []


def test_what_cannot_be_changed_is_said(desk: Desk, url: str, window: Window) -> None:
    study = desk.submit(name="digits", trials=1)["id"]
    window.page.route("**/v1/events*", lambda route: route.abort())
    page = window.open(url + "/")
    desk.http.delete(f"/v1/studies/{study}")
    page.get_by_role("button", name="Pause digits").click()
    expect(page.locator("#said")).to_contain_text("Not done: there is no study")


def test_trials_are_compared_in_one_picture(desk: Desk, url: str, window: Window) -> None:
    _, trials = study_of_each(desk)
    page = window.open(f"{url}/compare?trials={trials['good']},{trials['worse']}")
    for name in ("value", "val_loss"):
        expect(page.locator(f"#figure-{name} .main-svg").first).to_be_visible()
        assert page.locator(f"#figure-{name} .plot .scatterlayer .trace").count() == 2
    expect(page.locator("#table")).to_contain_text("Settings that differ")
    assert window.complaints == []


def test_studies_are_picked_and_compared(desk: Desk, url: str, window: Window) -> None:
    first, _ = study_of_each(desk, name="one")
    second = at(desk, 0.1, name="two")
    healthy(desk, second, 0.5)
    page = window.open(f"{url}/compare")
    page.get_by_label("one").check()
    page.get_by_label("two").check()
    page.get_by_role("button", name="Compare the studies").click()
    page.wait_for_url(f"{url}/compare?studies={second['study']},{first}")
    expect(page.locator("#figure-best_by_trial .main-svg").first).to_be_visible()
    expect(page.locator("#answer")).to_contain_text(f"Study {first} is best")
    healthy(desk, point(desk, second["study"], 0.2), 0.99)
    expect(page.locator("#answer")).to_contain_text("99.0 %", timeout=LIVE)
    assert window.complaints == []


def test_checks_are_found_while_typing(desk: Desk, url: str, window: Window) -> None:
    page = window.open(f"{url}/checks")
    page.get_by_role("searchbox", name="Search").press_sequentially("plateau")
    expect(page.locator(".checks tbody tr")).to_have_count(1)
    page.get_by_role("link", name="plateau", exact=True).click()
    expect(page.locator("h1")).to_have_text("plateau")
    assert window.complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_scrolls_sideways(desk: Desk, url: str, window: Window, width: int) -> None:
    number, trials = study_of_each(desk, name="a-name-without-any-space-" * 8, tags=["t" * 90])
    other = healthy(desk, at(desk, 0.1, name=HOSTILE))
    window.page.set_viewport_size({"width": width, "height": 844})
    both = f"/compare?trials={trials['good']},{other}"
    for path in ("/", both, f"/compare?studies={number}", "/compare", "/checks/plateau", "/checks"):
        page = window.open(url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
