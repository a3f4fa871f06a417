from typing import Any

import pytest

from diagnostics import History, Severity, Verdict
from diagnostics.checks.lr_too_low import LrTooLow
from tests.diagnostics.histories import EPOCHS, KNOWN, LEARNS, creeping, watched

LEARNED = {"tiny_own_loss": [2.4, 0.1], "tiny_own_accuracy": 1.0}
UNTRIED = {f"tiny_{name}_loss": None for name in ("own", "higher", "lower")}
CREEPS = [2.303 - 0.001 * epoch for epoch in range(EPOCHS)]


def judged(history: History) -> Verdict:
    return LrTooLow().judge(history)


def test_what_twenty_rows_say_is_surer_than_small_steps_alone() -> None:
    tested, small = judged(creeping()), judged(creeping(**UNTRIED))
    assert tested.severity is small.severity is Severity.WARNING
    assert "ten times the lr learns twenty rows sooner" in tested.summary
    assert tested.causes["lr_too_low"] > small.causes["lr_too_low"]
    assert "undertrained" in tested.causes


def test_small_steps_are_right_where_the_run_learns() -> None:
    assert judged(watched(LEARNS, ratio=1e-6)).severity is Severity.PASS


def test_an_lr_that_learns_twenty_rows_is_not_too_low() -> None:
    assert judged(creeping(**LEARNED)).severity is Severity.PASS


@pytest.mark.parametrize(
    "settings",
    [
        {"ratio": 1e-5, "during": {"gradient_norm": {"fc1": 1e-12, "fc2": 1e-12}}},
        {"ratio": 1e-5, "norm": [5 * 0.5**epoch for epoch in range(EPOCHS)]},
        {"ratio": 1e-5, "during": {"loss_max": 90.0}},
        {"ratio": 1e-5, "during": {"dead_units": {"relu": 1.0}}},
        {"ratio": [0.0, 1e-5]},
        {"ratio": 1e-3},  # larger steps than that are no remedy
    ],
    ids=["no gradient", "weight decay", "thrown off", "dead", "not in the optimizer", "usual"],
)
def test_no_gradient_no_accusation(settings: dict[str, Any]) -> None:
    assert judged(watched(CREEPS, start=UNTRIED, **settings)).severity is Severity.PASS


def test_a_loss_that_does_not_fall_does_not_creep() -> None:
    assert judged(watched([2.303] * EPOCHS, ratio=1e-5)).severity is Severity.PASS


def test_the_remedy_is_ten_times_or_what_the_ratio_asks_for() -> None:
    remedy = judged(creeping()).remedy
    assert remedy is not None
    assert remedy.patch == {"optimizer.lr": 10.0}  # 1e-5 of the weights: a hundred times
    usual = watched([2.3 - 0.01 * e for e in range(EPOCHS)], ratio=5e-4, start=creeping().rows[0])
    remedy = judged(usual).remedy
    assert remedy is not None
    assert remedy.patch == {"optimizer.lr": 1.0}


def test_skips_the_first_epoch() -> None:
    assert judged(History(KNOWN)).severity is Severity.SKIPPED
    assert judged(watched(CREEPS[:1])).severity is Severity.SKIPPED
