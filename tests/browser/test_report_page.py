"""A saved report in a real browser: whole at both widths, by day and night, and asking nobody."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from diagnostics import Remedy, Severity, Verdict, judge, load_checks
from diagnostics.report import Report
from tests.diagnostics.histories import SICK

pytestmark = pytest.mark.browser

HOSTILE = "<script>document.title='broken in'</script>" + "x" * 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_report_is_complete(chromium: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    history = SICK["diverging"]()
    history.record(3, {"update_ratio": {HOSTILE: 0.1, "fc1": 1e-3}})
    odd = Verdict("odd", Severity.WARNING, HOSTILE, {HOSTILE: HOSTILE}, Remedy("", {HOSTILE: 1}))
    verdicts = [*judge(history, load_checks(profile="full")), odd]
    report = Report.of(verdicts, history.epochs, history)
    saved = report.save(tmp_path / "run.html")
    page = chromium.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(saved.as_uri())
    for fold in page.locator("summary").all():
        fold.click()
    page.wait_for_function("document.querySelectorAll('details:not([open])').length <= 1")
    assert page.title() == report.headline
    assert page.evaluate("document.documentElement.scrollWidth") == width
    box = page.locator(".area svg").first.bounding_box()
    assert box is not None
    assert box["width"] > width / 8
    assert requests == [saved.as_uri()]
    assert complaints == []
    page.close()
