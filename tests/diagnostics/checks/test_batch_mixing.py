import pytest

from diagnostics import Severity
from diagnostics.checks.batch_mixing import BatchMixing
from tests.diagnostics.histories import LEARNS, STANDS, watched

LIMIT = BatchMixing().moved


@pytest.mark.parametrize("losses", [[], LEARNS, STANDS])
def test_mixing_is_a_fault_however_the_run_does(losses: list[float]) -> None:
    verdict = BatchMixing().judge(watched(losses, start={"batch_mixing": LIMIT}))
    assert verdict.severity is Severity.WARNING
    assert verdict.evidence["moved"] == LIMIT


def test_rounding_is_not_mixing() -> None:
    assert BatchMixing().judge(watched(STANDS, start={"batch_mixing": LIMIT / 2})).causes == {}


def test_a_measurement_that_is_not_finite_says_nothing() -> None:
    history = watched(STANDS, start={"batch_mixing": None})
    assert BatchMixing().judge(history).severity is Severity.SKIPPED
