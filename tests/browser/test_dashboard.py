"""The dashboard in a real browser: drawn, quiet, live, and complete on a phone."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from service.dashboard.figures import STUDY_FIGURES, TRIAL_FIGURES
from tests.browser.conftest import Window
from tests.service.dashboard.filling import at, diverged, healthy, point, study_of_each
from tests.service.desk import Desk, epoch, held

pytestmark = pytest.mark.browser

LIVE = 10_000  # ms that a change may take to reach the page: poll 0.5 s, debounce 1 s, a slow CI


def points(page: Page, figure: str) -> int:
    """How many trials a figure shows."""
    return int(
        page.evaluate(
            """name => document.querySelector(`#figure-${name} .plot`).data
                .flatMap(trace => trace.customdata ?? []).length""",
            figure,
        )
    )


def limits(page: Page) -> list[float]:
    """The range of the landscape's x axis, in decades."""
    found = page.evaluate("document.querySelector('#figure-landscape .plot').layout.xaxis.range")
    assert isinstance(found, list)
    return found


def drag(page: Page) -> None:
    """Zooms into the middle of the landscape, as a reader does."""
    page.locator("#figure-landscape").scroll_into_view_if_needed()
    box = page.locator("#figure-landscape .nsewdrag").bounding_box()
    assert box is not None
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]
    page.mouse.move(x + width * 0.4, y + height * 0.3)
    page.mouse.down()
    page.mouse.move(x + width * 0.8, y + height * 0.8, steps=5)
    page.mouse.up()


def place(page: Page, trial: int) -> tuple[float, float]:
    """Where a trial's point is on the screen, in the landscape."""
    page.locator("#figure-landscape").scroll_into_view_if_needed()
    x, y = page.evaluate(
        """trial => {
            const plot = document.querySelector("#figure-landscape .plot");
            const trace = plot.data.find(t => (t.customdata ?? []).includes(trial));
            const i = trace.customdata.indexOf(trial);
            const {xaxis, yaxis} = plot._fullLayout;
            const box = plot.querySelector(".nsewdrag").getBoundingClientRect();
            return [box.x + xaxis.d2p(trace.x[i]), box.y + yaxis.d2p(trace.y[i])];
        }""",
        trial,
    )
    return x, y


def rooms(number: int, trials: dict[str, int]) -> list[str]:
    return ["/", f"/studies/{number}", f"/trials/{trials['good']}", "/checks", "/fleet"]


def test_every_page_is_drawn_without_a_complaint(desk: Desk, url: str, window: Window) -> None:
    number, trials = study_of_each(desk)
    for path in [*rooms(number, trials), f"/trials/{trials['diverged']}"]:
        page = window.open(url + path)
        assert page.get_by_text("could not be drawn").count() == 0
    assert window.complaints == []
    assert {
        urlsplit(r).netloc for r in window.requests if not r.startswith(("data:", "blob:"))
    } == {urlsplit(url).netloc}


def test_every_figure_is_on_its_page(desk: Desk, url: str, window: Window) -> None:
    number, trials = study_of_each(desk)
    seen: dict[str, set[str]] = {}
    for path in (f"/studies/{number}", f"/trials/{trials['good']}"):
        page = window.open(url + path)
        for frame in page.locator("figure.panel").all():
            name = (frame.get_attribute("id") or "").removeprefix("figure-")
            kind = "empty" if frame.locator(".placeholder").count() else "drawn"
            seen.setdefault(kind, set()).add(name)
            if kind == "drawn":
                expect(frame.locator("figcaption")).to_contain_text(".")
    assert seen["empty"] == {"importance"}  # five trials are too few
    assert {*STUDY_FIGURES.names()} - seen["drawn"] == {"importance", "rungs"}  # it has no rule
    assert {*TRIAL_FIGURES.names()} <= seen["drawn"]


def test_a_new_trial_appears_while_the_zoom_stays(desk: Desk, url: str, window: Window) -> None:
    number, _ = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    page.evaluate("window.unbroken = true")
    before = points(page, "landscape")
    whole = limits(page)
    drag(page)
    zoom = limits(page)
    assert whole[0] < zoom[0] < zoom[1] < whole[1]
    expect(page.locator("#progress")).to_contain_text("2 complete")
    healthy(desk, point(desk, number, 0.05), value=0.99)
    expect(page.locator("#progress")).to_contain_text("3 complete", timeout=LIVE)
    expect(page.locator("#answer")).to_contain_text("99.0 %")
    page.wait_for_function(
        "n => document.querySelector('#figure-landscape .plot').data"
        ".flatMap(t => t.customdata ?? []).length > n",
        arg=before,
        timeout=LIVE,
    )
    assert points(page, "landscape") == before + 1
    assert limits(page) == zoom
    assert page.evaluate("window.unbroken") is True
    assert window.complaints == []


def test_refreshes_come_at_most_about_once_a_second(desk: Desk, url: str, window: Window) -> None:
    claim = at(desk, 0.1)
    [about] = held(claim)
    page = window.open(f"{url}/studies/{claim['study']}")
    window.requests.clear()
    for number in range(1, 21):
        desk.report(claim, epochs=[epoch(about, number, val_accuracy=number / 50)])
        page.wait_for_timeout(100)
    page.wait_for_timeout(1500)
    refreshes = [r for r in window.requests if r.endswith(f"/studies/{claim['study']}")]
    assert 1 <= len(refreshes) <= 6


def test_a_running_trial_grows(desk: Desk, url: str, window: Window) -> None:
    claim = at(desk, 0.1)
    [about] = held(claim)
    page = window.open(f"{url}/trials/{about['trial']}")
    expect(page.locator("#figure-loss .placeholder")).to_contain_text("first epoch")
    desk.report(claim, epochs=[epoch(about, 1, val_accuracy=0.5)])
    expect(page.locator("#figure-loss .main-svg").first).to_be_visible(timeout=LIVE)
    expect(page.locator("#figure-loss .placeholder")).to_have_count(0)
    expect(page.locator("#answer")).to_contain_text("Epoch 1 of 20: 50.0 %", timeout=LIVE)
    diverged(desk, claim)
    expect(page.locator("#answer")).to_contain_text("Infeasible", timeout=LIVE)
    expect(page.locator("#verdicts .card.fatal")).to_be_visible()
    page.wait_for_timeout(1200)
    window.requests.clear()
    desk.submit(trials=1)
    page.wait_for_timeout(1500)
    assert window.requests == []


def test_another_trial_does_not_disturb(desk: Desk, url: str, window: Window) -> None:
    claim = at(desk, 0.1)
    page = window.open(f"{url}/trials/{held(claim)[0]['trial']}")
    window.requests.clear()
    healthy(desk, point(desk, claim["study"], 0.05))
    page.wait_for_timeout(2000)
    assert [r for r in window.requests if "/trials/" in r and "figures" not in r] == []


def test_the_list_and_the_fleet_are_live(desk: Desk, url: str, window: Window) -> None:
    page = window.open(f"{url}/")
    expect(page.locator("#studies")).to_contain_text("sitter study submit")
    desk.submit(name="fresh")
    expect(page.locator("#studies")).to_contain_text("fresh", timeout=LIVE)
    window.open(f"{url}/fleet")
    desk.claim(worker="newcomer")
    expect(page.locator("#workers")).to_contain_text("newcomer", timeout=LIVE)


def test_the_focus_survives_a_refresh(desk: Desk, url: str, window: Window) -> None:
    number, trials = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    link = page.locator(f"#trials a[href='/trials/{trials['good']}']")
    link.focus()
    healthy(desk, point(desk, number, 0.05), value=0.5)
    expect(page.locator("#progress")).to_contain_text("3 complete", timeout=LIVE)
    expect(link).to_be_focused()


def test_hovering_a_trial_shows_it_everywhere_and_a_click_opens_it(
    desk: Desk, url: str, window: Window
) -> None:
    number, trials = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    page.mouse.move(*place(page, trials["good"]))
    expect(page.locator("#trials tr.lit")).to_contain_text("97.4 %")
    expect(page.locator("#figure-history .hovertext")).to_contain_text("Trial 0: 97.4 %")
    assert page.locator("#matrix td.lit").count() > 0
    page.mouse.move(5, 5)
    expect(page.locator(".lit")).to_have_count(0)
    page.mouse.click(*place(page, trials["good"]))
    page.wait_for_url(f"**/trials/{trials['good']}")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_scrolls_sideways_but_tables(
    desk: Desk, url: str, window: Window, width: int
) -> None:
    number, trials = study_of_each(desk, name="a-name-without-any-space-" * 8)
    window.page.set_viewport_size({"width": width, "height": 844})
    for path in [*rooms(number, trials), f"/trials/{trials['failed']}", "/nowhere"]:
        page = window.open(url + path) if path != "/nowhere" else window.page
        if path == "/nowhere":
            page.goto(url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_dark_page_is_dark(desk: Desk, url: str, window: Window) -> None:
    number, _ = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(19, 21, 24)")
    page.wait_for_function(
        "() => document.querySelector('#figure-landscape .plot').layout.font.color === '#a3a9b1'"
    )
    crossed = page.evaluate(
        """() => document.querySelector("#figure-landscape .plot").data
            .find(t => t.name === "infeasible").marker.line.color"""
    )
    assert crossed == "#ff8078"


def test_a_figure_that_cannot_be_fetched_says_so(desk: Desk, url: str, window: Window) -> None:
    number, _ = study_of_each(desk)
    window.page.route("**/figures/history", lambda route: route.fulfill(status=500, body="{}"))
    page = window.open(f"{url}/studies/{number}")
    expect(page.locator("#figure-history .placeholder")).to_contain_text("the service answered 500")
    expect(page.locator("#figure-landscape .main-svg").first).to_be_visible()


def test_the_keyboard_reaches_the_content(desk: Desk, url: str, window: Window) -> None:
    study_of_each(desk)
    page = window.open(f"{url}/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"
