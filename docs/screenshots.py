"""Screenshots of every page of a running service, light and dark, into docs/screenshots/.

    python docs/screenshots.py http://127.0.0.1:8321

Shows the newest study and its best trial. Needs Chromium (`apt-get install chromium`).
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FOLDER = Path(__file__).parent / "screenshots"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 900  # px of the window
TALLEST = 3000  # px; of a taller page the picture shows the beginning


def main() -> None:
    """Takes every picture and prints where it lies."""
    given = _parser().parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    pages = dict(_pages(given.url))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for scheme in SCHEMES:
            window = browser.new_page(
                color_scheme=scheme, viewport={"width": given.width, "height": HEIGHT}
            )
            for name, url in pages.items():
                print(_picture(window, url, given.folder / f"{name}-{scheme}.png"))
        browser.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8321")
    parser.add_argument("--width", type=int, default=1280, help="px of the window")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    return parser


def _pages(service: str) -> Iterator[tuple[str, str]]:
    """(name, URL) of every page; a study and a trial only where there are some."""
    yield "studies", f"{service}/"
    found = httpx.get(f"{service}/v1/studies", params={"limit": 1}).raise_for_status().json()
    for study in found["items"]:
        yield "study", f"{service}/studies/{study['id']}"
        if study["best"]:
            yield "trial", f"{service}/trials/{study['best']['trial']}"
    yield "checks", f"{service}/checks"
    yield "fleet", f"{service}/fleet"


def _picture(window: Page, url: str, target: Path) -> Path:
    window.goto(url, wait_until="load")
    figures = window.locator("[data-figure]").count()
    drawn = window.locator("[data-figure] .main-svg, [data-figure] .placeholder:not(.late)")
    window.wait_for_function(
        "wanted => [...document.querySelectorAll('[data-figure]')].filter("
        "f => f.querySelector('.main-svg, .placeholder:not(.late)')).length === wanted",
        arg=figures,
    )
    assert figures == 0 or drawn.count() > 0
    height = window.evaluate("document.documentElement.scrollHeight")
    window.screenshot(path=target, full_page=height <= TALLEST)
    return target


if __name__ == "__main__":
    main()
