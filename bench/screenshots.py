"""Screenshots of every page of a running service, light and dark, into docs/screenshots/.

    python -m bench.screenshots http://127.0.0.1:8321

Shows the newest study, its best trial and a sick one. Needs Chromium (`apt-get install chromium`).
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
from playwright.sync_api import Page

from bench.chromium import browser

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT = 900  # px of the window
DRAWN = ".main-svg, svg, table, .placeholder:not(.late)"
ASKED = {  # of the trials' list
    "trial": {"sort": "value", "descending": True},
    "trial-wrong": {"severity": "fatal"},
}
TALLEST = 3000  # px; of a taller page the picture shows the beginning


def main() -> None:
    """Takes every picture and prints where it lies."""
    given = _parser().parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    pages = dict(_pages(given.url))
    with browser() as chromium:
        for scheme in SCHEMES:
            window = chromium.new_page(
                color_scheme=scheme, viewport={"width": given.width, "height": HEIGHT}
            )
            for name, url in pages.items():
                print(_picture(window, url, given.folder / f"{name}-{scheme}.png"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8321")
    parser.add_argument("--width", type=int, default=1280, help="px of the window")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    return parser


def _pages(service: str) -> Iterator[tuple[str, str]]:
    """(name, URL) of every page; a study and a trial only where there are some."""
    yield "studies", f"{service}/"
    yield "new", f"{service}/new"
    found = httpx.get(f"{service}/v1/studies", params={"limit": 1}).raise_for_status().json()
    for study in found["items"]:
        yield "study", f"{service}/studies/{study['id']}"
        yield from _trials(service, study["id"])
    yield "checks", f"{service}/checks"
    yield "check", f"{service}/checks/update_ratio"
    yield "fleet", f"{service}/fleet"
    yield "access", f"{service}/access"


def _trials(service: str, study: int) -> Iterator[tuple[str, str]]:
    """The best trial, one that something is wrong with, and both beside each other."""
    ids = {}
    for name, query in ASKED.items():
        asked = httpx.get(f"{service}/v1/studies/{study}/trials", params={**query, "limit": 1})
        for trial in asked.raise_for_status().json()["items"]:
            ids[name] = trial["id"]
            yield name, f"{service}/trials/{trial['id']}"
    if len(ids) > 1:
        yield "compare", f"{service}/compare?trials={','.join(map(str, ids.values()))}"


def _picture(window: Page, url: str, target: Path) -> Path:
    """Looks at the whole page first: figures are drawn when they come into view."""
    window.goto(url, wait_until="load")
    for figure in window.locator("[data-figure]").all():
        figure.scroll_into_view_if_needed()
        figure.locator(DRAWN).first.wait_for(state="attached")
    window.evaluate("scrollTo(0, 0)")
    height = window.evaluate("document.documentElement.scrollHeight")
    window.screenshot(path=target, full_page=height <= TALLEST)
    return target


if __name__ == "__main__":
    main()
