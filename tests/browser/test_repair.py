"""A remedy applied with one click, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.service.dashboard.filling import at, healthy
from tests.service.desk import Desk, held, verdict

pytestmark = pytest.mark.browser

REMEDY = {"text": "Lower lr to 0.1.", "patch": {"optimizer.lr": 0.1}}


def sick(desk: Desk) -> tuple[int, int]:
    """A study and its trial, whose check `diverging` has a remedy."""
    claim = at(desk, 1000.0)
    (about,) = held(claim)
    said = verdict(about, severity="fatal", remedy=REMEDY, causes={"lr_too_high": 0.9})
    desk.finish(claim, verdicts=[said])
    return int(claim["study"]), int(about["trial"])


def test_the_remedy_leads_to_the_new_trial(desk: Desk, url: str, window: Window) -> None:
    study, trial = sick(desk)
    page = window.open(f"{url}/trials/{trial}")
    expect(page.locator("#causes")).to_contain_text("The learning rate is too high")
    page.get_by_role("button", name="Apply remedy").click()
    page.wait_for_url(f"{url}/trials/{trial + 1}")
    expect(page.locator("#answer")).to_contain_text("Repairs trial 0: lr 1000 → 0.1")
    claim = desk.claim(study=study)
    assert claim is not None
    healthy(desk, claim, value=0.971)
    expect(page.locator("#answer")).to_contain_text("→ 97.1 %", timeout=10_000)
    assert window.complaints == []


def test_what_the_service_refuses_stands_beside_the_button(
    desk: Desk, url: str, window: Window
) -> None:
    study, trial = sick(desk)
    page = window.open(f"{url}/trials/{trial}")
    desk.http.delete(f"/v1/studies/{study}")
    button = page.get_by_role("button", name="Apply remedy")
    button.click()
    expect(page.locator("#diverging [role=status]")).to_contain_text("there is no trial")
    expect(button).to_be_enabled()
