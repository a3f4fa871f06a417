"""A real Chromium in front of a real server on SQLite."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bench.chromium import CHROMIUM, browser
from service.settings import Settings
from tests.service.desk import Desk
from tests.service.doors import bearer
from tests.service.serving import served

DRAWN = ".main-svg, svg, table, .placeholder:not(.late)"
SLOW = 15_000  # ms that a figure may take while other tests run beside


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for these tests, each in a window of its own; none while others run.

    As long as Playwright runs, no other event loop can be started in this thread.
    """
    if not CHROMIUM.exists() and os.environ.get("SITTER_REQUIRE_BROWSER") != "1":
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with browser() as running:
        yield running


@pytest.fixture
def token() -> str | None:
    """What the service asks for; None: it lets everybody in."""
    return None


@pytest.fixture
def url(tmp_path: Path, token: str | None) -> Iterator[str]:
    """A service of its own for each test."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'sitter.db'}",
        artifacts_url=str(tmp_path / "artifacts"),
        reaper_seconds=30.0,
        token=token,
    )
    with served(settings) as address:
        yield address


@pytest.fixture
def desk(url: str, token: str | None) -> Iterator[Desk]:
    """The API of that service."""
    headers = {} if token is None else bearer(token)
    with httpx.Client(base_url=url, headers=headers, timeout=30) as http:
        yield Desk(http)


@dataclass
class Window:
    """A page of the browser, what it complained of and which hosts it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Load a page, look at all of it, and wait until every figure is drawn or says why not."""
        self.page.goto(address, wait_until="load")
        for figure in self.page.locator("[data-figure]").all():
            figure.scroll_into_view_if_needed()
            expect(figure.locator(DRAWN).first).to_be_attached(timeout=SLOW)
        self.page.evaluate("scrollTo(0, 0)")
        return self.page


@pytest.fixture
def window(chromium: Browser) -> Iterator[Window]:
    """A window that remembers complaints and requests."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    seen = Window(page)
    page.on("console", lambda m: seen.complaints.append(f"{m.type}: {m.text}"))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("requestfailed", lambda r: _failed(seen, r.url, r.failure))
    page.on("request", lambda request: seen.requests.append(request.url))
    yield seen
    page.close()


def _failed(seen: Window, url: str, reason: str | None) -> None:
    """What ends because its page is left is no complaint."""
    if "/v1/events" not in url and reason != "net::ERR_ABORTED":
        seen.complaints.append(f"{url}: {reason}")
