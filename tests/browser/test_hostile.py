"""Whatever people and workers write is shown as text, on every page."""

from typing import Any

import pytest

from tests.browser.conftest import Window
from tests.service.dashboard.filling import point, study_of_each
from tests.service.dashboard.rooms import rooms
from tests.service.desk import Desk, epoch, held, verdict

pytestmark = pytest.mark.browser

SCRIPT = "<script>window.harmed=1</script><img src=x onerror='window.harmed=1'>"
EVIL = f"{SCRIPT}\u202egnp.\U0001f4a5{{{{7*7}}}}</td></table>'\"&amp;javascript:alert(1)"
LONG = "W" * 10_000


def evil_trial(desk: Desk, study: int, text: str) -> int:
    """A trial about which a worker has told such things wherever it may."""
    claim = point(desk, study, 0.3)
    [about] = held(claim)
    signals: dict[str, Any] = {
        name: {text[:200]: 0.1} for name in ("update_ratio", "gradient_norm", "weight_norm")
    }
    said = verdict(
        about,
        "update_ratio",
        severity="fatal",
        summary=text[:2000],
        evidence={text[:100]: text[:1000]},
        remedy={"text": text[:1000], "patch": {"optimizer.lr": 0.1}},
        causes={"lr_too_high": 0.9},
    )
    rows = [epoch(about, n, val_accuracy=0.5, train_loss=1.0, signals=signals) for n in (1, 2)]
    desk.report(claim, epochs=rows, verdicts=[said])
    desk.finish(claim, ends=[about | {"state": "failed", "reason": text}])
    return int(about["trial"])


@pytest.mark.parametrize("text", [EVIL, LONG], ids=["evil", "long"])
def test_hostile_texts_stay_texts(desk: Desk, url: str, window: Window, text: str) -> None:
    study, trials = study_of_each(desk, name=text[:200], note=text, tags=[text[:60]])
    trial = evil_trial(desk, study, text)
    desk.claim(worker=text[:200])
    window.page.set_viewport_size({"width": 390, "height": 844})
    for path in [*rooms(study, trials), f"/trials/{trial}", f"/compare?trials={trial},1"]:
        page = window.open(url + path)
        assert page.evaluate("window.harmed") is None, path
        assert page.locator("img[src=x]").count() == 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    expected = [c for c in window.complaints if "Failed to load resource" not in c]
    assert expected == []


def test_the_policy_allows_no_inline_and_no_evaluated_script(
    desk: Desk, url: str, window: Window
) -> None:
    study, trials = study_of_each(desk)
    for path in rooms(study, trials):
        policy = desk.http.get(path).headers["content-security-policy"]
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == "'self'"
    page = window.open(f"{url}/studies/{study}")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.harmed = 1";
            document.head.append(script);
            const button = document.createElement("button");
            button.setAttribute("onclick", "window.harmed = 1");
            document.body.append(button);
            button.click();
        }"""
    )
    assert page.evaluate("window.harmed") is None
    assert sum("Content Security Policy" in said for said in window.complaints) == 2
