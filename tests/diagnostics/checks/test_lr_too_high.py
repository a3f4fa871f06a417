from typing import Any

import pytest

from diagnostics import History, Severity, Verdict
from diagnostics.checks.lr_too_high import LrTooHigh
from tests.diagnostics.histories import (
    BASELINE,
    EPOCHS,
    KNOWN,
    LEARNS,
    LOST,
    STANDS,
    thrown_about,
    watched,
)

SCATTER = LrTooHigh().scatter * BASELINE


def judged(losses: list[float], **settings: Any) -> Verdict:
    return LrTooHigh().judge(watched(losses, **settings))


@pytest.mark.parametrize(
    ("settings", "sign"),
    [
        ({"during": {"loss_max": 50.0}}, "the loss of single steps shot up"),
        ({"ratio": 0.2}, "steps of 0.20 of the weights"),
        ({"during": {"loss_std": SCATTER * 1.01}}, "the loss goes up and down"),
    ],
)
def test_one_sign_and_harm_are_enough(settings: dict[str, Any], sign: str) -> None:
    verdict = judged(STANDS, **settings)
    assert verdict.severity is Severity.WARNING
    assert sign in verdict.summary
    assert judged(LEARNS, **settings).severity is Severity.PASS  # a good end is a good lr


def test_no_sign_no_accusation() -> None:
    assert judged(STANDS).severity is Severity.PASS
    assert judged(STANDS, during={"loss_std": SCATTER * 0.99}).severity is Severity.PASS


def test_above_the_baseline_batches_differ_by_a_share_of_the_loss() -> None:
    above = [1.5 * BASELINE] * EPOCHS
    assert judged(above, during={"loss_std": 1.49 * SCATTER}).severity is Severity.PASS
    assert judged(above, during={"loss_std": 1.51 * SCATTER}).severity is Severity.WARNING


def test_what_twenty_rows_say_is_the_surest() -> None:
    verdict = LrTooHigh().judge(thrown_about())
    assert "a tenth of it learns twenty rows better" in verdict.summary
    passed = {"tiny_own_loss": [2.4, 0.1], "tiny_own_accuracy": 1.0}
    less = LrTooHigh().judge(thrown_about(**passed))
    assert less.severity is Severity.WARNING
    assert less.causes["lr_too_high"] < verdict.causes["lr_too_high"]


def test_a_start_far_above_blames_the_start_before_the_lr() -> None:
    high = thrown_about(redrawn_loss=60.0, blank_loss=BASELINE)
    cause = "lr_too_high"
    said = LrTooHigh().judge(high).causes
    assert said.get(cause, 0.0) < LrTooHigh().judge(thrown_about()).causes[cause]


def test_a_lost_run_does_not_oscillate() -> None:
    lost = judged(LOST, ratio=0.3, during={"loss_std": 9.0})
    assert set(lost.causes) == {"lr_too_high"}
    assert "the loss is lost" in lost.summary


@pytest.mark.parametrize("first", [{"start": {"initial_loss": None}}, {"initial": float("nan")}])
def test_a_run_that_was_lost_before_its_first_update_is_not_the_lrs(
    first: dict[str, Any],
) -> None:
    assert judged([float("nan")] * EPOCHS, ratio=0.3, **first).severity is Severity.PASS


def test_the_remedy_is_a_lower_lr() -> None:
    remedy = LrTooHigh().judge(thrown_about()).remedy
    assert remedy is not None
    assert 0 < remedy.patch["optimizer.lr"] <= 0.01
    assert f"try {remedy.patch['optimizer.lr']}" in remedy.text


def test_skips_before_the_first_epoch() -> None:
    assert LrTooHigh().judge(History(KNOWN)).severity is Severity.SKIPPED
