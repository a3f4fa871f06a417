"""axe-core finds nothing serious on any page, by day and by night, wide and narrow."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Window
from tests.service.dashboard.filling import study_of_each
from tests.service.dashboard.rooms import rooms
from tests.service.desk import Desk

pytestmark = pytest.mark.browser

GRAVE = ("serious", "critical")


def grave(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using the page: `rule: element`."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']}: {node['failureSummary']}"
        for violation in found
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_shuts_anybody_out(
    desk: Desk, url: str, window: Window, scheme: Literal["light", "dark"], width: int
) -> None:
    study, trials = study_of_each(desk, name="digits-lr-wd", tags=["night"])
    window.page.set_viewport_size({"width": width, "height": 900})
    window.page.emulate_media(color_scheme=scheme)
    found = {path: grave(window.open(url + path)) for path in rooms(study, trials)}
    assert {path: said for path, said in found.items() if said} == {}
