"""What updates must not do: bring back what is old, lose what is open, stay silent or die."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from service.settings import Settings
from tests.browser.conftest import Window
from tests.service.dashboard.filling import at, healthy, point, study_of_each
from tests.service.desk import Desk, epoch, held, verdict
from tests.service.serving import served

pytestmark = pytest.mark.browser

LIVE = 15_000  # ms


def held_back(page: Page, pattern: str) -> list[Route]:
    """The first request, which waits for its answer; later ones pass."""
    first: list[Route] = []
    page.route(pattern, lambda route: route.continue_() if first else first.append(route))
    return first


@pytest.mark.parametrize(
    ("figure", "asset"), [("parallel", "**/drawn/parallel.js*"), ("landscape", "**/*plotly*")]
)
def test_a_drawing_that_failed_comes_with_the_next_update(
    desk: Desk, url: str, window: Window, figure: str, asset: str
) -> None:
    number, _ = study_of_each(desk)
    page = window.page
    page.route(asset, lambda route: route.abort())
    page.goto(f"{url}/studies/{number}")
    place = page.locator(f"#figure-{figure}")
    place.scroll_into_view_if_needed()
    expect(place.locator(".placeholder")).to_contain_text("could not be drawn", timeout=LIVE)
    page.unroute(asset)
    healthy(desk, point(desk, number, 0.05), value=0.99)
    place.scroll_into_view_if_needed()
    expect(place.locator("svg").first).to_be_visible(timeout=LIVE)
    expect(place.locator(".placeholder")).to_have_count(0)


def test_an_older_figure_never_overwrites_a_newer_one(desk: Desk, url: str, window: Window) -> None:
    number, _ = study_of_each(desk)
    page = window.open(f"{url}/studies/{number}")
    slow = held_back(page, "**/figures/landscape")
    page.locator("#figure-landscape").scroll_into_view_if_needed()
    old = desk.http.get(f"/v1/studies/{number}/figures/landscape").text
    healthy(desk, point(desk, number, 0.05), value=0.97)
    page.wait_for_timeout(2500)
    assert len(slow) == 1
    page.evaluate(
        """async () => {
            const own = document.querySelector("script[src$='/page.js']").src;
            const { drawAll } = await import(own.replace("page.js", "figures.js"));
            await drawAll();
        }"""
    )
    count = """() => document.querySelector('#figure-landscape .plot').data
        .flatMap(t => t.customdata ?? []).length"""
    drawn = page.evaluate(count)
    slow[0].fulfill(status=200, content_type="application/json", body=old)
    page.wait_for_timeout(800)
    assert page.evaluate(count) == drawn


def test_an_older_answer_to_a_search_is_dropped(desk: Desk, url: str, window: Window) -> None:
    for name in ("digits", "cifar"):
        desk.submit(name=name, trials=1)
    page = window.open(url + "/")
    slow = held_back(page, "**/?q=d")
    field = page.get_by_role("searchbox", name="Search")
    field.fill("d")
    page.wait_for_timeout(600)
    assert len(slow) == 1
    field.fill("cif")
    expect(page.locator("#answer")).to_contain_text("1 of 2 studies matches", timeout=LIVE)
    expect(page.locator("#studies")).to_contain_text("cifar")
    slow[0].continue_()
    page.wait_for_timeout(800)
    assert "digits" not in page.locator("#studies").inner_text()
    assert page.url == f"{url}/?q=cif"


def test_what_is_open_stays_open_where_others_come_before_it(
    desk: Desk, url: str, window: Window
) -> None:
    claim = at(desk, 1000.0)
    (about,) = held(claim)
    said = verdict(about, "plateau", evidence={"lr": 1000.0})
    desk.report(claim, epochs=[epoch(about, 1, val_accuracy=0.1)], verdicts=[said])
    page = window.open(f"{url}/trials/{about['trial']}")
    page.locator("#plateau summary").click()
    worse = verdict(about, severity="fatal", evidence={"lr": 1000.0})
    desk.report(claim, epochs=[epoch(about, 2, val_accuracy=0.1)], verdicts=[worse])
    expect(page.locator("#diverging")).to_be_visible(timeout=LIVE)
    expect(page.locator("#plateau details")).to_have_attribute("open", "")
    assert page.locator("#diverging details").get_attribute("open") is None


def test_the_back_button_brings_a_page_that_follows_again(
    desk: Desk, url: str, window: Window
) -> None:
    """Chromium keeps no page under Playwright; the events are what it would send."""
    page = window.open(url + "/")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    desk.submit(name="meanwhile", trials=1)
    page.wait_for_timeout(1500)
    assert "meanwhile" not in page.locator("#studies").inner_text()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator("#studies")).to_contain_text("meanwhile", timeout=LIVE)
    desk.submit(name="afterwards", trials=1)
    expect(page.locator("#studies")).to_contain_text("afterwards", timeout=LIVE)
    assert window.complaints == []


def test_the_page_outlives_the_service(tmp_path: Path, window: Window) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'sitter.db'}",
        artifacts_url=str(tmp_path / "artifacts"),
    )
    with served(settings) as address:
        page = window.open(address + "/")
        expect(page.locator(".silence")).to_have_text("")
    line = page.locator(".silence")
    expect(line).to_have_text("The service does not answer; trying again.", timeout=LIVE)
    with served(settings, port=int(address.rsplit(":", 1)[1])):
        with httpx.Client(base_url=address) as http:
            Desk(http).submit(name="reborn", trials=1)
        expect(line).to_have_text("", timeout=LIVE)
        expect(page.locator("#studies")).to_contain_text("reborn", timeout=LIVE)
