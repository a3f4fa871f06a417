import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.init_symmetry import InitSymmetry
from tests.diagnostics.histories import LAGS, LEARNS, NOT_LEARNED, STANDS, watched

EQUAL = InitSymmetry().equal


def judged(losses: list[float], *shares: float, **start: object) -> Verdict:
    by_layer = {f"fc{number}": share for number, share in enumerate(shares, 1)}
    return InitSymmetry().judge(watched(losses, start={"unit_symmetry": by_layer} | start))


@pytest.mark.parametrize(
    ("losses", "severity"), [(LEARNS, "note"), (LAGS, "warning"), (STANDS, "warning")]
)
def test_equal_units_are_forgiven_only_by_a_good_end(losses: list[float], severity: str) -> None:
    verdict = judged(losses, EQUAL, 0.0)
    assert verdict.severity == severity
    assert "`fc1` begin with equal weights" in verdict.summary


def test_a_last_layer_of_zeros_is_a_good_trick() -> None:
    last, hidden = judged(STANDS, 0.0, 1.0), judged(STANDS, 1.0, 0.0)
    assert judged([], 0.0, 1.0).severity is Severity.NOTE
    assert judged(LEARNS, 0.0, 1.0).severity is Severity.NOTE
    assert last.causes["symmetric_init"] < 0.5 < hidden.causes["symmetric_init"]


def test_before_training_the_twenty_rows_decide() -> None:
    assert judged([], 1.0, 1.0).severity is Severity.NOTE
    assert judged([], 1.0, 1.0, **NOT_LEARNED).severity is Severity.WARNING


def test_some_equal_units_are_no_symmetry() -> None:
    assert judged(STANDS, EQUAL - 0.01, 0.5).severity is Severity.PASS


def test_skips_where_no_weights_were_measured() -> None:
    assert judged(STANDS).severity is Severity.SKIPPED
