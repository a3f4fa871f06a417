import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.inputs import Inputs
from tests.diagnostics.histories import LAGS, LEARNS, NOT_LEARNED, STANDS, watched

CHECK = Inputs()


def judged(losses: list[float], size: float, low: float, high: float, **start: object) -> Verdict:
    scale = {"input_rms": size, "feature_rms_low": low, "feature_rms_high": high}
    return CHECK.judge(watched(losses, start=scale | start))


@pytest.mark.parametrize(
    ("sizes", "cause"),
    [
        ((8.0, 5.0, 1.01 * CHECK.large), "input_not_normalized"),
        ((9.0, 0.01, 30.0), "input_not_normalized"),
        ((0.99 * CHECK.small, 0.04, 0.05), "input_scale_too_small"),
    ],
)
def test_scale_alone_is_a_note_and_harm_makes_it_a_warning(
    sizes: tuple[float, float, float], cause: str
) -> None:
    for losses, severity in ((LEARNS, "note"), (LAGS, "warning"), (STANDS, "warning")):
        verdict = judged(losses, *sizes)
        assert verdict.severity == severity
        assert set(verdict.causes) == {cause}


@pytest.mark.parametrize(
    "sizes",
    [(1.0, 1.0, 1.0), (5.0, 4.0, CHECK.large), (CHECK.small, 0.05, 0.06), (1.0, 0.001, 5.0)],
)
def test_usual_scales_pass(sizes: tuple[float, float, float]) -> None:
    assert judged(STANDS, *sizes).severity is Severity.PASS


def test_before_training_the_twenty_rows_decide() -> None:
    assert judged([], 100.0, 90.0, 110.0).severity is Severity.NOTE
    assert judged([], 100.0, 90.0, 110.0, **NOT_LEARNED).severity is Severity.WARNING


def test_says_whether_all_features_are_large_or_some() -> None:
    assert "(up to 110)" in judged(STANDS, 100.0, 90.0, 110.0).summary
    assert "feature by feature" in judged(STANDS, 100.0, 0.1, 1000.0).summary


@pytest.mark.parametrize("losses", [[], LEARNS])
def test_broken_inputs_are_a_fault_whatever_comes_of_them(losses: list[float]) -> None:
    verdict = judged(losses, 1.0, 1.0, 1.0, input_broken=0.002)
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == "Some inputs are not finite (0.2 % of all numbers)."
    assert set(verdict.causes) == {"non_finite"}


def test_rows_that_contradict_each_other() -> None:
    at_limit = judged(STANDS, 1.0, 1.0, 1.0, conflicting_rows=CHECK.conflicts)
    assert at_limit.severity is Severity.WARNING
    assert "label_corruption" in at_limit.causes
    assert judged(LEARNS, 1.0, 1.0, 1.0, conflicting_rows=0.5).severity is Severity.NOTE
    few = judged(STANDS, 1.0, 1.0, 1.0, conflicting_rows=CHECK.conflicts - 0.01)
    assert few.severity is Severity.PASS


def test_inputs_that_are_all_the_same() -> None:
    verdict = judged(STANDS, 1.0, 1.0, 1.0, conflicting_rows=1.0, distinct_rows=1.0)
    assert "All inputs of the sample are the same" in verdict.summary
    assert max(verdict.causes, key=lambda c: verdict.causes[c]) == "input_independent"


def test_two_different_rows_are_not_all_the_same() -> None:
    verdict = judged(STANDS, 1.0, 1.0, 1.0, conflicting_rows=1.0, distinct_rows=2.0)
    assert verdict.summary.startswith("100.0 % of the rows equal others")
    assert max(verdict.causes, key=lambda c: verdict.causes[c]) == "label_corruption"


@pytest.mark.parametrize(
    ("signals", "summary"),
    [
        ({"constant_features": 0.6}, "60.0 % of the features never change."),
        ({"duplicate_features": 0.6}, "60.0 % of the features that change repeat another."),
        ({"constant_features": CHECK.idle}, "50.0 % of the features never change."),
    ],
)
def test_features_that_tell_nothing_are_a_note_even_in_a_run_that_fails(
    signals: dict[str, float], summary: str
) -> None:
    verdict = judged(STANDS, 1.0, 1.0, 1.0, **signals)
    assert (verdict.severity, verdict.summary) == (Severity.NOTE, summary)
    assert verdict.causes == {}


def test_some_features_that_tell_nothing_are_usual() -> None:
    few = {"constant_features": CHECK.idle - 0.01, "duplicate_features": None}
    assert judged(STANDS, 1.0, 1.0, 1.0, **few).severity is Severity.PASS


def test_tokens_have_no_scale() -> None:
    tokens = {"input_rms": None, "input_broken": None}
    assert CHECK.judge(watched(STANDS, start=tokens)).severity is Severity.SKIPPED
