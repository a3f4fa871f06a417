"""The demo's study, with two points that are known to be wrong: the issue's second promise."""

import time
from pathlib import Path

import pytest

from sitter.answers import Trial
from sitter.client import Sitter, load_study
from sitter.fleet.local import LocalFleet, free_port

pytestmark = [pytest.mark.system, pytest.mark.timeout(170)]

DEMO = Path(__file__).parents[2] / "examples" / "digits.yaml"
ABOUT_LR = {"update_ratio", "plateau", "diverging", "non_finite"}


def test_the_demo_finds_a_good_lr_and_names_the_bad_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITTER_ARTIFACTS_URL", str(tmp_path / "artifacts"))
    database = f"sqlite:///{tmp_path / 'sitter.db'}"
    fleet = LocalFleet(
        "127.0.0.1", free_port("127.0.0.1", 0), ["cpu", "cpu"], 1, database, tmp_path / "logs"
    )
    fleet.start()
    try:
        with Sitter(fleet.url) as client:
            study = client.submit(load_study(DEMO)).id
            high, low = (
                client.enqueue(study, {"optimizer.lr": lr, "optimizer.weight_decay": 1e-4})[0]
                for lr in (1000.0, 1e-7)
            )
            deadline = time.monotonic() + 150
            while client.study(study).state != "complete":
                assert time.monotonic() < deadline
                time.sleep(0.2)
            _check(client, study, high, low)
    finally:
        fleet.stop()


def _check(client: Sitter, study: int, high: Trial, low: Trial) -> None:
    done = client.study(study)
    assert done.best is not None
    assert done.best.value >= 0.95
    assert done.trials == 66

    high = client.trial(high.id)
    assert high.state == "infeasible"
    assert high.epochs_done <= 3
    fatal = [v for v in client.verdicts(trial=high.id) if v.severity == "fatal"]
    assert any("lr 1000" in v.summary for v in fatal)
    assert all(v.remedy and v.remedy["patch"]["optimizer.lr"] < 1000 for v in fatal)

    told = [v for v in client.verdicts(trial=low.id) if v.severity in ("warning", "fatal")]
    assert any("too low" in v.summary or "flat" in v.summary for v in told)
    assert client.trial(low.id).state == "complete"

    best = list(client.trial_verdicts(done.best.trial))
    assert {v.check for v in best} >= ABOUT_LR
    assert [v for v in best if v.check in ABOUT_LR and v.severity in ("warning", "fatal")] == []
