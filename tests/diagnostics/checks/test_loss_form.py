import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.loss_form import LossForm
from tests.diagnostics.histories import LAGS, LEARNS, ROWS, STANDS, summed, watched

SUMMED = LossForm().summed * ROWS


def judged(losses: list[float], **facts: object) -> Verdict:
    return LossForm().judge(watched(losses, facts=facts))


@pytest.mark.parametrize("losses", [[], LEARNS, STANDS])
def test_shapes_that_are_stretched_are_a_fault_however_the_run_does(losses: list[float]) -> None:
    verdict = judged(losses, broadcast=True)
    assert verdict.severity is Severity.WARNING
    assert "[N, 1] and targets [N]" in verdict.summary


@pytest.mark.parametrize("scale", [SUMMED, ROWS, -ROWS, 10.0 * ROWS])
def test_a_sum_with_an_lr_made_for_it_is_a_note(scale: float) -> None:
    for losses, severity in (([], "note"), (LEARNS, "note"), (LAGS, "warning")):
        verdict = judged(losses, loss_scale=scale)
        assert verdict.severity == severity
        assert set(verdict.causes) == {"loss_reduction_sum"}


def test_a_sum_is_held_against_the_sum_of_the_baseline() -> None:
    assert LossForm().judge(summed(LEARNS)).severity is Severity.NOTE
    assert LossForm().judge(summed(STANDS)).severity is Severity.WARNING


@pytest.mark.parametrize("scale", [1.0, -1.0, 0.5, SUMMED - 1])
def test_a_weighted_mean_is_no_sum(scale: float) -> None:
    assert judged(STANDS, loss_scale=scale).severity is Severity.PASS


def test_four_samples_are_too_few_to_tell() -> None:
    assert judged(STANDS, loss_scale=4.0, samples=4).severity is Severity.PASS


@pytest.mark.parametrize("unknown", ["loss_scale", "samples"])
def test_a_loss_of_an_unknown_form_is_not_judged(unknown: str) -> None:
    assert judged(STANDS, **{unknown: None}).severity is Severity.SKIPPED
