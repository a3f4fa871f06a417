from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.underfitting import Underfitting
from tests.diagnostics.histories import BASELINE, EPOCHS, NOT_LEARNED, watched

CHECK = Underfitting()


def judged(learned: float, gap: float = 0.0, **settings: Any) -> Verdict:
    """`learned` and `gap` are shares of the baseline."""
    end = (1 - learned) * BASELINE
    losses = [max(end, BASELINE - 0.3 * epoch) for epoch in range(EPOCHS)]
    validation = [loss + gap * BASELINE for loss in losses]
    return CHECK.judge(watched(losses, val=validation, **settings))


@pytest.mark.parametrize(
    ("learned", "gap", "severity"),
    [
        (0.5, 0.0, Severity.NOTE),
        (0.5, 0.049, Severity.NOTE),
        (0.5, 0.051, Severity.PASS),  # validation is worse: not what holds it back
        (0.61, 0.0, Severity.PASS),
        (0.0, 0.0, Severity.PASS),  # nothing is learned: for `no_learning`
    ],
)
def test_alike_and_high_is_underfitting(learned: float, gap: float, severity: Severity) -> None:
    assert judged(learned, gap).severity is severity


def test_rows_that_nobody_can_learn_are_another_fault() -> None:
    assert judged(0.5, start=NOT_LEARNED).severity is Severity.PASS


def test_a_run_that_still_falls_is_not_at_rest() -> None:
    falling = [BASELINE - 0.06 * epoch for epoch in range(EPOCHS)]
    assert CHECK.judge(watched(falling)).severity is Severity.PASS
