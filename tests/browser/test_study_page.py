"""A study's page in a real browser: what the reader has done to it stays, and can be shared."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Window
from tests.service.dashboard.filling import at, healthy, point, study_of_each
from tests.service.desk import Desk

pytestmark = pytest.mark.browser

LIVE = 15_000  # ms that a change may take to reach the page while other tests run beside
SHIFTS = """
    window.shifted = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (!entry.hadRecentInput) window.shifted.push(
                [entry.value, ...entry.sources.map((s) => s.node?.id || s.node?.className || "?")]);
        }
    }).observe({ type: "layout-shift", buffered: true });
"""


def zoom(page: Page, figure: str) -> list[float]:
    found = page.evaluate(
        "name => document.querySelector(`#figure-${name} .plot`).layout.xaxis.range", figure
    )
    return [round(end, 3) for end in found]


def drag(page: Page, figure: str) -> None:
    plot = page.locator(f"#figure-{figure}")
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.8, steps=5)
    page.mouse.up()


def test_the_zoom_is_in_the_address(desk: Desk, url: str, window: Window) -> None:
    number, _ = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    whole = zoom(page, "landscape")
    drag(page, "landscape")
    page.wait_for_url(re.compile(r"zoom\.landscape="))
    zoomed = zoom(page, "landscape")
    assert zoomed != whole
    shared = window.open(page.url)
    assert zoom(shared, "landscape") == pytest.approx(zoomed, abs=1e-3)


def test_what_is_chosen_survives_an_update_and_is_compared(
    desk: Desk, url: str, window: Window
) -> None:
    number, trials = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    for name in ("good", "worse"):
        page.locator(f"[data-compare='{trials[name]}']").check()
    ids = f"{trials['good']},{trials['worse']}"
    assert parse_qs(urlsplit(page.url).query)["compare"] == [ids]
    healthy(desk, point(desk, number, 0.05), value=0.99)
    expect(page.locator("#trials")).to_contain_text("99.0 %", timeout=LIVE)
    for name in ("good", "worse"):
        expect(page.locator(f"[data-compare='{trials[name]}']")).to_be_checked()
    page.get_by_role("link", name="Compare 2 trials").click()
    page.wait_for_url(f"**/compare?trials={ids}")


def test_an_update_moves_nothing(desk: Desk, url: str, window: Window) -> None:
    number, _ = study_of_each(desk)
    window.page.add_init_script(SHIFTS)
    page = window.open(f"{url}/studies/{number}")
    page.wait_for_timeout(500)
    page.evaluate("window.shifted.length = 0")
    healthy(desk, point(desk, number, 0.05), value=0.99)
    expect(page.locator("#answer")).to_contain_text("99.0 %", timeout=LIVE)
    page.wait_for_timeout(1000)
    assert page.evaluate("window.shifted") == []


def test_an_update_is_small(desk: Desk, url: str, window: Window) -> None:
    number, _ = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    session = page.context.new_cdp_session(page)
    came: list[int] = []
    session.on("Network.loadingFinished", lambda e: came.append(int(e["encodedDataLength"])))
    session.send("Network.enable")
    healthy(desk, point(desk, number, 0.05), value=0.99)
    expect(page.locator("#answer")).to_contain_text("99.0 %", timeout=LIVE)
    page.wait_for_timeout(1000)
    assert sum(came) > 0
    assert max(sum(came) / 3, max(came)) <= 50_000  # in at most three refreshes


def test_a_study_is_paused_and_goes_on(desk: Desk, url: str, window: Window) -> None:
    number = desk.submit()["id"]
    page = window.open(f"{url}/studies/{number}")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert desk.study(number)["state"] == "paused"
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_what_destroys_asks_once(desk: Desk, url: str, window: Window) -> None:
    number = desk.submit()["id"]
    page = window.open(f"{url}/studies/{number}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_contain_text("Cancel “test”?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert desk.study(number)["state"] == "running"
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the study").click()
    expect(page.get_by_role("button", name="Delete")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete the study").click()
    page.wait_for_url(f"{url}/")
    assert desk.http.get(f"/v1/studies/{number}").status_code == 404


def test_a_study_is_renamed_and_given_more_trials(desk: Desk, url: str, window: Window) -> None:
    number = desk.submit(tags=["old"])["id"]
    page = window.open(f"{url}/studies/{number}")
    page.get_by_text("Change name, tags, note or number of trials").click()
    page.get_by_label("Name").fill("better name")
    page.get_by_label("Tags, separated by commas").fill("a, b")
    page.get_by_label("Points that the strategy may draw").fill("9")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_contain_text("better name")
    found = desk.study(number)
    assert (found["name"], found["tags"], found["budget"]) == ("better name", ["a", "b"], 9)


def test_what_is_refused_is_said(desk: Desk, url: str, window: Window) -> None:
    number, _ = study_of_each(desk)
    claim = at(desk, 0.1)
    page = window.open(f"{url}/studies/{claim['study']}")
    desk.http.patch(f"/v1/studies/{claim['study']}", json={"state": "cancelled"})
    page.get_by_text("Change name, tags, note or number of trials").click()
    page.get_by_label("Points that the strategy may draw").fill("9")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#study [role=status]")).to_contain_text("cancelled")
    assert number != claim["study"]


@pytest.mark.parametrize("kind", ["PNG", "SVG"])
def test_a_figure_is_saved(desk: Desk, url: str, window: Window, kind: str) -> None:
    number, _ = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    for figure in ("landscape", "parallel"):
        frame = page.locator(f"#figure-{figure}")
        frame.scroll_into_view_if_needed()
        with page.expect_download() as saved:
            frame.get_by_role("button", name=kind).click()
        assert saved.value.suggested_filename == f"figure-{figure}.{kind.lower()}"
        content = saved.value.path().read_bytes()
        assert content.startswith(b"\x89PNG" if kind == "PNG" else b"<svg")
        assert len(content) > 2000
    assert window.complaints == []


def test_only_what_was_changed_is_saved(desk: Desk, url: str, window: Window) -> None:
    number = desk.submit(trials=3, tags=["old"])["id"]
    page = window.open(f"{url}/studies/{number}")
    page.get_by_text("Change name, tags, note or number of trials").click()
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(page.locator("#study [role=status]")).to_have_text("Nothing was changed.")
    page.get_by_label("Name").fill("better name")
    with page.expect_request(lambda request: request.method == "PATCH") as sent:
        save.click()
    assert sent.value.post_data_json == {"name": "better name"}
    expect(page.locator("h1")).to_contain_text("better name")


def test_a_study_that_is_paused_keeps_the_focus(desk: Desk, url: str, window: Window) -> None:
    number = desk.submit(trials=3)["id"]
    page = window.open(f"{url}/studies/{number}")
    page.evaluate("window.unbroken = true")
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_focused(timeout=LIVE)
    assert page.evaluate("window.unbroken") is True
