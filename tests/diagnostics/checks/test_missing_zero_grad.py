import pytest

from diagnostics import Severity
from diagnostics.checks.missing_zero_grad import MissingZeroGrad
from tests.diagnostics.histories import EPOCHS, LEARNS, STANDS, watched

SHARE = MissingZeroGrad().share


@pytest.mark.parametrize("losses", [LEARNS, STANDS])
def test_old_gradients_are_a_fault_however_the_run_does(losses: list[float]) -> None:
    verdict = MissingZeroGrad().judge(watched(losses, during={"stale_gradient": SHARE}))
    assert verdict.severity is Severity.WARNING
    assert verdict.evidence["share"] == SHARE


def test_a_step_now_and_then_is_not_enough() -> None:
    history = watched(STANDS, during={"stale_gradient": SHARE * 0.9})
    assert MissingZeroGrad().judge(history).severity is Severity.PASS


def test_one_epoch_is_enough() -> None:
    once = [1.0, *[0.0] * (EPOCHS - 1)]
    history = watched(STANDS, during={"stale_gradient": once})
    assert MissingZeroGrad().judge(history).severity is Severity.WARNING


def test_a_loop_whose_gradients_were_not_compared_is_not_judged() -> None:
    history = watched(STANDS, during={"stale_gradient": None})
    assert MissingZeroGrad().judge(history).severity is Severity.SKIPPED
