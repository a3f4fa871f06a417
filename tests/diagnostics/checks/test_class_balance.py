import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.class_balance import ClassBalance
from tests.diagnostics.histories import EPOCHS, LEARNS, watched

TIMES, GAP = ClassBalance().times, ClassBalance().gap


def judged(rarest: float, **during: object) -> Verdict:
    shares = {"0": 0.5, "1": 0.5 - rarest, "2": rarest}
    history = watched(LEARNS, start={"class_share": shares}, during=during)
    return ClassBalance().judge(history)


@pytest.mark.parametrize("rarest", [0.5 / TIMES, 0.2])
def test_ten_to_one_is_usual(rarest: float) -> None:
    assert judged(rarest, val_accuracy=0.3).severity is Severity.PASS


def test_rare_classes_that_are_learned_are_a_note() -> None:
    verdict = judged(0.49 / TIMES)
    assert verdict.severity is Severity.NOTE
    assert "Class 2 has 4.9 %, the most frequent one 50.0 %." in verdict.summary


@pytest.mark.parametrize(("behind", "severity"), [(1.1, "warning"), (0.9, "note")])
def test_harm_is_a_validation_that_stays_behind(behind: float, severity: str) -> None:
    verdict = judged(0.01, train_accuracy=1.0, val_accuracy=1 - behind * GAP)
    assert verdict.severity == severity
    assert ("behind training" in verdict.summary) == (severity == "warning")


def test_a_validation_that_was_once_good_was_not_held_back_by_rare_classes() -> None:
    overfitted = [0.98, *[0.5] * (EPOCHS - 1)]
    assert judged(0.01, val_accuracy=overfitted).severity is Severity.NOTE


def test_a_class_that_is_missing_is_named() -> None:
    assert "Class 2 is not in the sample" in judged(0.0).summary


@pytest.mark.parametrize("shares", [None, {}, {"0": 1.0}])
def test_one_class_has_no_balance(shares: dict[str, float] | None) -> None:
    history = watched(LEARNS, start={"class_share": shares})
    assert ClassBalance().judge(history).severity is Severity.SKIPPED
