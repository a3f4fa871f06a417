import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.dead_units import DeadUnits
from tests.diagnostics.histories import LEARNS, NOT_LEARNED, STANDS, watched

MANY = DeadUnits().many


def judged(losses: list[float], share: float, at_first: float = 0.0, **start: object) -> Verdict:
    begun = {"dead_units": {"relu": at_first, "relu2": 0.0}} | start
    now = {"dead_units": {"relu": share, "relu2": 0.0}}
    return DeadUnits().judge(watched(losses, start=begun, during=now))


@pytest.mark.parametrize(
    ("losses", "share", "severity"),
    [
        (STANDS, MANY * 0.99, Severity.PASS),
        (LEARNS, MANY, Severity.NOTE),
        (STANDS, MANY, Severity.NOTE),  # half of a wide layer may die
        (STANDS, 0.95, Severity.WARNING),
        (LEARNS, 0.95, Severity.NOTE),
        (STANDS, 1.0, Severity.WARNING),
        (LEARNS, 1.0, Severity.NOTE),
    ],
)
def test_severity_is_the_harm(losses: list[float], share: float, severity: Severity) -> None:
    assert judged(losses, share).severity is severity


def test_layers_dead_from_the_start_are_surer_than_those_that_died() -> None:
    begun, died = judged(STANDS, 1.0, at_first=1.0), judged(STANDS, 1.0)
    assert "before any update" in begun.summary
    assert "by now" in died.summary
    assert begun.causes["dead_relu"] > died.causes["dead_relu"]


def test_a_dead_layer_is_a_warning_before_training() -> None:
    verdict = judged([], 1.0, at_first=1.0)
    assert verdict.severity is Severity.WARNING
    assert "`relu`" in verdict.summary
    assert "`relu2`" not in verdict.summary


def test_many_dead_units_worry_before_training_only_where_twenty_rows_fail() -> None:
    assert judged([], 0.0, at_first=0.95).severity is Severity.NOTE
    assert judged([], 0.0, at_first=0.95, **NOT_LEARNED).severity is Severity.WARNING


def test_the_newest_look_counts() -> None:
    history = watched(STANDS, start={"dead_units": {"relu": 1.0}})
    assert DeadUnits().judge(history).severity is Severity.PASS


def test_a_model_without_rectifiers_is_not_judged() -> None:
    history = watched(STANDS, start={"dead_units": {}}, during={"dead_units": {}})
    assert DeadUnits().judge(history).severity is Severity.SKIPPED
