from typing import Any

import pytest

from diagnostics import History, Severity, Verdict, diagnose
from diagnostics.checks.validation_suspicious import ValidationSuspicious
from tests.diagnostics.histories import BASELINE, EPOCHS, KNOWN, LEARNS, STANDS, watched

MANY = ValidationSuspicious().many
APART = [1.1 * BASELINE] * EPOCHS


def judged(losses: list[float], **settings: Any) -> Verdict:
    return ValidationSuspicious().judge(watched(losses, **settings))


@pytest.mark.parametrize(
    ("shared", "severity"), [(0.0, "pass"), (MANY, "note"), (1.01 * MANY, "warning")]
)
def test_a_few_equal_rows_may_be_real(shared: float, severity: str) -> None:
    for losses in ([], LEARNS):
        verdict = judged(losses, start={"val_overlap": shared})
        assert verdict.severity == severity
        assert ("data_leakage" in verdict.causes) == (shared > 0)


def test_validation_that_never_follows_is_prepared_otherwise() -> None:
    verdict = judged(LEARNS, val=APART)
    assert verdict.severity is Severity.WARNING
    assert "shifting_augmentation" in verdict.causes
    assert "data_leakage" not in verdict.causes


def test_overfitting_takes_time() -> None:
    once_good = [0.8 * BASELINE, *APART[1:]]
    assert judged(LEARNS, val=once_good).severity is Severity.PASS


def test_where_nothing_can_be_known_the_preparation_is_not_the_first_suspect() -> None:
    nothing = {"predictability": 0.02, "predictability_z": 0.4}
    found = diagnose([judged(LEARNS, val=APART, start=nothing)])
    assert found[0].cause == "overfitting"


def test_data_that_repeats_itself_repeats_itself_in_validation_too() -> None:
    repeated = {"val_overlap": 0.3, "duplicate_rows": 0.2}
    assert judged(LEARNS, start=repeated).severity is Severity.PASS
    assert judged(LEARNS, start=repeated | {"val_overlap": 0.9}).severity is Severity.WARNING


def test_a_run_that_does_not_learn_has_no_validation_to_suspect() -> None:
    assert judged(STANDS, val=APART).severity is Severity.PASS


def test_skips_without_validation_data() -> None:
    assert ValidationSuspicious().judge(History(KNOWN)).severity is Severity.SKIPPED
