import pytest

from diagnostics import Severity
from diagnostics.checks.uncertainty import Uncertainty
from tests.diagnostics.histories import BASELINE, LEARNS, watched

CHECK = Uncertainty()


@pytest.mark.parametrize(
    ("entropy", "known", "severity"),
    [
        (1.0, 0.51, Severity.NOTE),
        (1.0, 0.49, Severity.PASS),
        (0.101 * BASELINE, 0.2, Severity.NOTE),
        (0.099 * BASELINE, 0.2, Severity.PASS),  # it is sure of nearly everything
    ],
)
def test_half_of_what_it_is_unsure_of(entropy: float, known: float, severity: Severity) -> None:
    during = {"mc_entropy": entropy, "mc_mutual_information": known}
    assert CHECK.judge(watched(LEARNS, during=during)).severity is severity


def test_without_passes_with_dropout_it_is_skipped() -> None:
    during = {"mc_entropy": None, "mc_mutual_information": None}
    assert CHECK.judge(watched(LEARNS, during=during)).severity is Severity.SKIPPED
