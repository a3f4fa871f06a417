import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.saturation import Saturation
from tests.diagnostics.histories import LAGS, LEARNS, STANDS, watched

MANY = Saturation().many


def judged(losses: list[float], share: float, at_first: float = 0.0) -> Verdict:
    begun = {"saturated_units": {"tanh": at_first, "gate": 0.1}}
    now = {"saturated_units": {"tanh": share, "gate": 0.1}}
    return Saturation().judge(watched(losses, start=begun, during=now))


@pytest.mark.parametrize(
    ("losses", "severity"),
    [([], "note"), (LEARNS, "note"), (LAGS, "warning"), (STANDS, "warning")],
)
def test_trained_networks_often_saturate_and_harm_decides(
    losses: list[float], severity: str
) -> None:
    verdict = judged(losses, MANY, at_first=MANY)
    assert verdict.severity == severity
    assert "`tanh` are saturated from the start" in verdict.summary


def test_half_of_the_units_may_be_at_their_ends() -> None:
    assert judged(STANDS, MANY * 0.99).severity is Severity.PASS


def test_says_whether_they_began_there() -> None:
    assert "from the start" not in judged(STANDS, 0.9).summary


def test_skips_a_model_without_squashing_units() -> None:
    history = watched(STANDS, start={"saturated_units": {}}, during={"saturated_units": {}})
    assert Saturation().judge(history).severity is Severity.SKIPPED
