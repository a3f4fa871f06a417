import pytest

from diagnostics import History, Severity, Verdict
from diagnostics.checks.parameters_not_updated import ParametersNotUpdated
from tests.diagnostics.histories import KNOWN, LAGS, LEARNS, STANDS, watched


def judged(losses: list[float], ratio: float | list[float] = 1e-3, **start: object) -> Verdict:
    return ParametersNotUpdated().judge(watched(losses, ratio=ratio, start=start))


@pytest.mark.parametrize(("losses", "severity"), [(LEARNS, "note"), (STANDS, "warning")])
def test_a_layer_that_stands_still_is_named(losses: list[float], severity: str) -> None:
    verdict = judged(losses, ratio=[1e-3, 0.0])
    assert verdict.severity == severity
    assert "`fc2`" in verdict.summary
    assert "`fc1`" not in verdict.summary
    assert verdict.evidence["still"] == ["fc2"]


def test_a_layer_without_a_gradient_has_another_fault() -> None:
    history = watched(STANDS, ratio=[1e-3, 0.0], during={"gradient_norm": {"fc1": 0.4, "fc2": 0.0}})
    assert ParametersNotUpdated().judge(history).severity is Severity.PASS


@pytest.mark.parametrize("losses", [[], LEARNS, LAGS])
def test_a_frozen_backbone_may_be_left_out_of_the_optimizer(losses: list[float]) -> None:
    verdict = judged(losses, not_in_optimizer=4.0)
    assert verdict.severity is Severity.NOTE
    assert "lacks 4 trainable tensors" in verdict.summary


def test_what_the_optimizer_lacks_is_a_warning_where_nothing_is_learned() -> None:
    verdict = judged(STANDS, not_in_optimizer=1.0)
    assert verdict.severity is Severity.WARNING
    assert "lacks 1 trainable tensor;" in verdict.summary


@pytest.mark.parametrize(
    ("losses", "severity"), [([], "note"), (LEARNS, "note"), (STANDS, "warning")]
)
def test_what_the_loss_does_not_reach(losses: list[float], severity: str) -> None:
    verdict = judged(losses, unused_parameters=2.0)
    assert verdict.severity == severity
    assert "does not reach 2 trainable tensors" in verdict.summary


def test_the_smallest_step_is_a_step() -> None:
    assert judged(STANDS, ratio=[1e-3, 1e-12]).severity is Severity.PASS


def test_skips_where_nothing_was_measured() -> None:
    assert ParametersNotUpdated().judge(History(KNOWN)).severity is Severity.SKIPPED
