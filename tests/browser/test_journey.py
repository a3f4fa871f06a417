"""The whole way in a real browser with a real worker: submit, watch, find, mend, compare, take."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.browser.conftest import Window
from trainer.recipe import Recipe

pytestmark = [pytest.mark.browser, pytest.mark.system]

TRAINED = 90_000  # ms; three tiny trials, and a worker that imports torch first


@pytest.fixture
def worker(url: str) -> Iterator[None]:
    """A worker process on this machine's CPU."""
    command = [sys.executable, "-m", "sitter.cli", "worker", "--device", "cpu"]
    settings = {**os.environ, "SITTER_URL": url, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL) as process:
        yield
        process.terminate()


def field(page: Page, path: str) -> str:
    return f'[id="field-{path}"]'


@pytest.mark.timeout(300)
def test_from_the_form_to_the_best_recipe(url: str, window: Window, worker: None) -> None:
    page = window.open(f"{url}/new")
    submit(page)
    page.wait_for_url(re.compile(r"/studies/\d+$"))
    study = page.url
    page.evaluate("window.unbroken = true")

    expect(page.locator("h1 .state")).to_have_text("complete", timeout=TRAINED)
    expect(page.locator("#answer")).to_contain_text("Best: lr 0.05")
    assert page.evaluate("window.unbroken") is True

    page.locator("#matrix td[data-trial] a.fatal").first.click()
    page.wait_for_url(re.compile(r"/trials/\d+#"))
    sick = trial_of(page)
    card = page.locator(f"article.fatal[id='{urlsplit(page.url).fragment}']")
    expect(card).to_be_visible()
    page.locator("button[data-url$='/repair']").first.click()
    page.wait_for_url(lambda address: trial_at(address) not in (None, sick))
    mended = trial_of(page)
    expect(page.locator("h1 .state")).to_have_text("complete", timeout=TRAINED)
    expect(page.locator("#answer")).to_contain_text("Repairs")

    compared = window.open(f"{url}/compare?trials={sick},{mended}")
    expect(compared.locator("#answer")).to_contain_text("Repair: lr 10000 →")
    expect(compared.locator("[data-figure] .main-svg").first).to_be_visible()

    window.open(study)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download best recipe").click()
    recipe = Recipe.model_validate(yaml.safe_load(saved.value.path().read_text()))
    assert recipe.optimizer.lr < 1

    assert window.complaints == []
    hosts = {urlsplit(r).netloc for r in window.requests if not r.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(url).netloc}


def submit(page: Page) -> None:
    """Three learning rates from good to absurd, by the form's fields alone."""
    page.get_by_label("Name", exact=True).fill("from good to absurd")
    page.locator(field(page, "recipe.epochs")).fill("4")
    page.get_by_role("button", name="Remove optimizer.weight_decay").click()
    page.locator(field(page, "strategy")).select_option("grid")
    page.locator(field(page, "space.optimizer.lr.low")).fill("0.05")
    page.locator(field(page, "space.optimizer.lr.high")).fill("1e4")
    page.locator(field(page, "space.optimizer.lr.points")).fill("3")
    page.locator(field(page, "trials")).fill("")
    expect(page.locator("#cost")).to_contain_text("3 trials × 4 epochs")
    expect(page.locator("#ready")).to_have_text("Ready to submit")
    page.get_by_role("button", name="Submit study").click()


def trial_at(address: str) -> int | None:
    found = re.search(r"/trials/(\d+)", address)
    return int(found[1]) if found else None


def trial_of(page: Page) -> int:
    found = trial_at(page.url)
    assert found is not None
    return found
