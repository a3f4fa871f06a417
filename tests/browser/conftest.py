"""A real Chromium in front of a real server on SQLite."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from service.settings import Settings
from tests.service.desk import Desk
from tests.service.serving import served

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each gets a window of its own."""
    if not CHROMIUM.exists() and os.environ.get("SITTER_REQUIRE_BROWSER") != "1":
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A service of its own for each test."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'sitter.db'}",
        artifacts_url=str(tmp_path / "artifacts"),
        reaper_seconds=30.0,
    )
    with served(settings) as address:
        yield address


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """The API of that service."""
    with httpx.Client(base_url=url) as http:
        yield Desk(http)


@dataclass
class Window:
    """A page of the browser, what it complained of and which hosts it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Load a page and wait until every figure is drawn or says why not."""
        self.page.goto(address, wait_until="load")
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('[data-figure]')].every("
            "f => f.querySelector('.main-svg, .placeholder:not(.late)'))"
        )
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
    """A stream that ends because its page is left is no complaint."""
    if "/v1/events" not in url:
        seen.complaints.append(f"{url}: {reason}")
