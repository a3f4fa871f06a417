import math

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.lr_decay_too_early import LrDecayTooEarly
from tests.diagnostics.histories import EPOCHS, LEARNS, watched

CHECK = LrDecayTooEarly()


def judged(losses: list[float], since: int, lr: float = 1e-4) -> Verdict:
    """lr 0.1 until the epoch before `since`."""
    rates = [0.1] * (since - 1) + [lr] * (len(losses) - since + 1)
    return CHECK.judge(watched(losses, lr=rates))


def stopped(since: int) -> list[float]:
    """Falls by 0.05 an epoch, and not from `since` on."""
    return [2.25 - 0.05 * min(epoch, since - 2) for epoch in range(EPOCHS)]


def test_a_step_that_froze_the_run() -> None:
    verdict = judged(stopped(8), since=8)
    assert verdict.severity is Severity.WARNING
    assert "in epoch 8, while the loss still fell" in verdict.summary
    assert verdict.evidence["since"] == 8


def test_schedules_end_in_tiny_rates_by_design() -> None:
    late = EPOCHS - int(CHECK.share * EPOCHS) + 2
    assert judged(stopped(late), since=late).severity is Severity.PASS
    cosine = [0.05 * (1 + math.cos(math.pi * epoch / EPOCHS)) for epoch in range(EPOCHS)]
    assert CHECK.judge(watched(stopped(8), lr=cosine)).severity is Severity.PASS


def test_a_run_that_learned_is_not_accused() -> None:
    assert judged(LEARNS, since=3).severity is Severity.PASS


def test_a_fiftieth_is_tiny_a_tenth_is_a_usual_step() -> None:
    assert judged(stopped(8), since=8, lr=0.1 * CHECK.tiny).severity is Severity.WARNING
    assert judged(stopped(8), since=8, lr=0.01).severity is Severity.PASS


def test_a_loss_that_stood_already_was_not_stopped_by_the_step() -> None:
    verdict = judged([1.9] * EPOCHS, since=8)
    assert verdict.severity is Severity.PASS
    assert "stood before the lr fell" in verdict.summary


@pytest.mark.parametrize("since", [1, 2, 3])
def test_nobody_can_have_been_done_so_soon(since: int) -> None:
    rates = [0.1] * (since - 1) + [1e-5] * (EPOCHS - since + 1)
    rates[0] = 0.1
    assert CHECK.judge(watched([2.25] * EPOCHS, lr=rates)).severity is Severity.WARNING


@pytest.mark.parametrize(
    "rates", [[0.0] * EPOCHS, [1e-4] * 12 + [0.1] * 8], ids=["always 0", "a long warm-up"]
)
def test_a_rate_that_was_never_larger_before_has_not_fallen(rates: list[float]) -> None:
    assert CHECK.judge(watched([2.4] * EPOCHS, lr=rates)).severity is Severity.PASS
