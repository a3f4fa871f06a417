from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.norm_statistics_mismatch import NormStatisticsMismatch
from tests.diagnostics.histories import BASELINE, LAGS, LEARNS, PLAIN, STANDS, watched

CHECK = NormStatisticsMismatch()


def judged(losses: list[float], facts: dict[str, Any] | None = None, **during: Any) -> Verdict:
    return CHECK.judge(watched(losses, facts=facts, during=during))


@pytest.mark.parametrize(
    ("apart", "severity"), [(CHECK.gap * 0.99, Severity.PASS), (CHECK.gap * 1.01, Severity.WARNING)]
)
def test_a_model_that_validates_like_an_untrained_one(apart: float, severity: Severity) -> None:
    verdict = judged(LEARNS, sample_loss=0.1, running_loss=0.1 + apart * BASELINE)
    assert verdict.severity is severity
    assert ("train_eval_mismatch" in verdict.causes) == (severity is Severity.WARNING)


def test_running_statistics_are_always_behind_at_first() -> None:
    assert judged(LEARNS[:10], sample_loss=0.1, running_loss=9.0).severity is Severity.PASS


def test_better_by_running_statistics_is_no_fault() -> None:
    assert judged(LEARNS, sample_loss=9.0, running_loss=0.1).severity is Severity.PASS


@pytest.mark.parametrize(
    ("losses", "rows", "severity"),
    [
        (STANDS, CHECK.small, Severity.WARNING),
        (STANDS, CHECK.small + 1, Severity.PASS),
        (LAGS, 2, Severity.PASS),
        (LEARNS, 1, Severity.PASS),
    ],
)
def test_small_batches_are_accused_only_of_harm(
    losses: list[float], rows: int, severity: Severity
) -> None:
    assert judged(losses, batch_size=float(rows)).severity is severity


def test_without_batch_norm_small_batches_are_fine() -> None:
    verdict = judged(STANDS, {"kinds": PLAIN}, batch_size=2.0, running_loss=None)
    assert verdict.severity is Severity.SKIPPED


def test_skips_where_neither_was_measured() -> None:
    assert judged(STANDS, batch_size=None, running_loss=None).severity is Severity.SKIPPED
