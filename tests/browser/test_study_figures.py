"""The study's figures that answer to the reader: curves, parallel coordinates, rungs, timeline."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Window
from tests.service.dashboard.filling import PLANE, healthy, point, study_of_each
from tests.service.desk import Desk, epoch, held

pytestmark = pytest.mark.browser

LIVE = 10_000  # ms that a change may take to reach the page


@pytest.fixture
def study(desk: Desk) -> tuple[int, dict[str, int]]:
    return study_of_each(desk)


def figure(page: Page, name: str) -> Locator:
    """The figure, drawn."""
    frame = page.locator(f"#figure-{name}")
    frame.scroll_into_view_if_needed()
    expect(frame.locator(".main-svg, .parallel, .rungs").first).to_be_visible()
    return frame


def opened(window: Window, url: str, name: str) -> Locator:
    window.page.goto(url, wait_until="load")
    return figure(window.page, name)


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def handle(frame: Locator, name: str) -> Locator:
    return frame.get_by_role("slider", name=name, exact=True)


def brush(page: Page, frame: Locator, axis: int, top: float, bottom: float) -> None:
    """Drags along an axis, from a share of its length below its top to another."""
    band = frame.locator(".band").nth(axis)
    band.scroll_into_view_if_needed()
    box = band.bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + top * box["height"])
    page.mouse.down()
    page.mouse.move(x, box["y"] + bottom * box["height"], steps=4)
    page.mouse.up()


def middle_of_line(page: Page, number: int) -> tuple[float, float]:
    """Where a line, counted from the bottom of the pile, is between the first two axes."""
    x, y = page.evaluate(
        """n => {
            const line = document.querySelectorAll("#figure-parallel .lines path")[n];
            const [a, b] = line.getAttribute("d").slice(1).split("L").map(
                (point) => point.split(",").map(Number));
            const svg = document.querySelector("#figure-parallel svg.picture");
            const box = svg.getBoundingClientRect();
            return [box.x + (a[0] + b[0]) / 2, box.y + (a[1] + b[1]) / 2];
        }""",
        number,
    )
    return x, y


def passing(frame: Locator) -> Locator:
    return frame.locator(".lines path:not(.out)")


def test_pointing_at_a_curve_draws_its_whole_line_and_its_training_loss(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    number, trials = study
    frame = opened(window, f"{url}/studies/{number}", "curves")
    x, y = window.page.evaluate(
        """trial => {
            const plot = document.querySelector("#figure-curves .plot");
            const shown = plot.data.filter((t) => t.visible !== false);
            const trace = shown.find((t) => t.customdata?.includes(trial));
            const i = trace.customdata.indexOf(trial) + 2;
            const {xaxis, yaxis} = plot._fullLayout;
            const box = plot.querySelector(".nsewdrag").getBoundingClientRect();
            return [box.x + xaxis.d2p(trace.x[i]), box.y + yaxis.d2p(trace.y[i])];
        }""",
        trials["good"],
    )
    window.page.mouse.move(x, y)
    expect(frame.locator(".outlined")).to_have_count(2)
    expect(frame.locator(".outlined.partner")).to_have_count(1)
    expect(window.page.locator("#trials tr.lit")).to_have_count(1)
    window.page.mouse.move(2, 2)
    expect(frame.locator(".outlined")).to_have_count(0)


def test_the_choice_of_a_loss_is_part_of_the_address(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    frame = opened(window, f"{url}/studies/{study[0]}", "curves")
    expect(frame.get_by_role("radio", name="validation")).to_be_checked()
    frame.get_by_role("radio", name="validation").press("ArrowRight")
    expect(frame.locator(".ytitle")).to_have_text("Training loss, nat")
    assert query(window.page) == {"loss": ["training"]}
    frame = opened(window, window.page.url, "curves")
    expect(frame.get_by_role("radio", name="training")).to_be_checked()
    expect(frame.locator(".ytitle")).to_have_text("Training loss, nat")


def test_a_brush_keeps_the_lines_that_pass(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    frame = opened(window, f"{url}/studies/{study[0]}", "parallel")
    expect(passing(frame)).to_have_count(4)
    brush(window.page, frame, axis=2, top=0.5, bottom=0.0)
    expect(frame.locator(".lines .best:not(.out)")).to_have_count(1)
    expect(frame.locator(".passing p")).to_contain_text(
        "of 4 lines pass. The best of them is trial 0: 97.4 %"
    )
    frame.get_by_role("button", name="Clear all brushes").click()
    expect(passing(frame)).to_have_count(4)
    assert query(window.page) == {}


def test_the_keyboard_brushes_too(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    frame = opened(window, f"{url}/studies/{study[0]}", "parallel")
    low = handle(frame, "Learning rate, from")
    low.focus()
    for _ in range(4):
        low.press("PageUp")
    expect(low).to_have_attribute("aria-valuenow", "40")
    expect(low).to_have_attribute("aria-valuetext", "0.00398")
    expect(passing(frame)).to_have_count(3)
    assert query(window.page) == {"brush.optimizer.lr": ["0.00398,1"]}
    low.press("Escape")
    expect(passing(frame)).to_have_count(4)
    expect(low).to_be_focused()
    assert query(window.page) == {}


def test_an_address_with_a_brush_opens_with_it_and_nonsense_is_left_out(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    address = f"{url}/studies/{study[0]}?brush.optimizer.lr=0.01,0.1&brush.optimizer.weight_decay=x"
    frame = opened(window, address, "parallel")
    expect(passing(frame)).to_have_count(1)
    expect(handle(frame, "Learning rate, from")).to_have_attribute("aria-valuetext", "0.01")
    expect(handle(frame, "Weight decay, from")).to_have_attribute("aria-valuenow", "0")


def test_a_brush_and_its_focus_survive_a_new_trial(
    study: tuple[int, dict[str, int]], desk: Desk, url: str, window: Window
) -> None:
    number, _ = study
    frame = opened(window, f"{url}/studies/{number}?brush.optimizer.lr=0.01,0.1", "parallel")
    expect(passing(frame)).to_have_count(1)
    grip = handle(frame, "Learning rate, up to")
    grip.focus()
    first = frame.locator(".lines .best").element_handle()
    healthy(desk, point(desk, number, 0.05), value=0.5)
    expect(frame.locator(".lines path")).to_have_count(5, timeout=LIVE)
    expect(passing(frame)).to_have_count(2)
    expect(grip).to_be_focused()
    assert first.evaluate("path => path.isConnected")


def test_pointing_at_a_line_shows_its_trial_everywhere_and_a_click_opens_it(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    number, trials = study
    page = window.page
    frame = opened(window, f"{url}/studies/{number}", "parallel")
    best = frame.locator(".lines path").count() - 1
    page.mouse.move(*middle_of_line(page, best))
    expect(frame.locator(".says")).to_contain_text("Trial 0: 97.4 %")
    expect(page.locator("#trials tr.lit")).to_contain_text("97.4 %")
    assert frame.locator(".over").get_attribute("d")
    page.mouse.move(2, 2)
    expect(page.locator(".lit")).to_have_count(0)
    expect(frame.locator(".says")).to_be_hidden()
    page.mouse.click(*middle_of_line(page, best))
    page.wait_for_url(f"**/trials/{trials['good']}")


def test_lines_follow_the_width_and_the_dark(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    page = window.page
    frame = opened(window, f"{url}/studies/{study[0]}", "parallel")
    best = frame.locator(".lines .best")
    expect(best).to_have_css("stroke", "rgb(28, 30, 33)")
    page.emulate_media(color_scheme="dark")
    expect(best).to_have_css("stroke", "rgb(230, 232, 234)")
    page.set_viewport_size({"width": 390, "height": 844})
    frame.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#figure-parallel svg').clientWidth < 500")
    page.wait_for_function("() => document.documentElement.scrollWidth <= 390")


def laddered(desk: Desk) -> dict[str, Any]:
    """A study with halving, of which six trials have passed or not passed the first rung."""
    made = desk.submit(space=PLANE, trials=6, stopping={"name": "halving", "min_epochs": 1})
    for value in (0.9, 0.5, 0.8, 0.4, 0.3, 0.95):
        claim = desk.claim(study=made["id"])
        assert claim is not None
        desk.report(claim, epochs=[epoch(about, 1, val_accuracy=value) for about in held(claim)])
    return made


def test_rungs_are_a_table_that_grows(desk: Desk, url: str, window: Window) -> None:
    made = laddered(desk)
    frame = opened(window, f"{url}/studies/{made['id']}", "rungs")
    row = frame.get_by_role("row").nth(1)
    expect(row).to_contain_text("1633")  # epoch 1: 6 reached it, 3 went on, 3 were stopped
    expect(frame.get_by_role("columnheader", name="Goes on with")).to_be_visible()
    kept = row.locator("rect.kept").element_handle()
    more = point(desk, made["id"], 0.1)
    desk.report(more, epochs=[epoch(about, 1, val_accuracy=0.1) for about in held(more)])
    expect(row).to_contain_text("1734", timeout=LIVE)
    assert kept.evaluate("rect => rect.isConnected")


def test_a_study_without_a_rule_has_no_rungs(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    opened(window, f"{url}/studies/{study[0]}", "timeline")
    expect(window.page.locator("#figure-rungs")).to_have_count(0)


def test_pointing_at_the_timeline_tells_leases_and_trials(
    study: tuple[int, dict[str, int]], url: str, window: Window
) -> None:
    frame = opened(window, f"{url}/studies/{study[0]}", "timeline")
    drag = frame.locator(".nsewdrag").first
    box = drag.bounding_box()
    assert box is not None
    window.page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.2)
    expect(frame.locator(".hovertext")).to_contain_text("lease")
    expect(frame.locator(".hovertext")).to_contain_text("trial")
