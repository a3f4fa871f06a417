import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.loss_metric_decorrelated import LossMetricDecorrelated
from tests.diagnostics.histories import BASELINE, EPOCHS, LEARNS, watched

CHECK = LossMetricDecorrelated()


def judged(losses: list[float], accuracy: object, **start: object) -> Verdict:
    return CHECK.judge(watched(losses, start=start, during={"train_accuracy": accuracy}))


@pytest.mark.parametrize(
    ("gained", "accuracy", "severity"),
    [
        (CHECK.gained + 0.01, 0.1, Severity.WARNING),
        (CHECK.gained - 0.01, 0.1, Severity.PASS),
        (0.9, 0.1 + CHECK.above - 0.01, Severity.WARNING),
        (0.9, 0.1 + CHECK.above + 0.01, Severity.PASS),
    ],
)
def test_a_loss_that_falls_without_its_score(
    gained: float, accuracy: float, severity: Severity
) -> None:
    assert judged([BASELINE * (1 - gained)] * EPOCHS, accuracy).severity is severity


def test_the_best_epoch_of_the_score_counts() -> None:
    assert judged(LEARNS, [0.4, *[0.1] * (EPOCHS - 1)]).severity is Severity.PASS


def test_where_nearly_all_are_of_one_class_accuracy_says_nothing() -> None:
    shares = {"class_share": {"0": 0.95, "1": 0.05}}
    assert judged(LEARNS, 0.95, **shares).severity is Severity.PASS
    assert judged(LEARNS, 0.85, class_share={"0": 0.85, "1": 0.15}).severity is Severity.WARNING


@pytest.mark.parametrize("missing", ["class_share", "predictability"])
def test_skips_where_classes_are_not_counted(missing: str) -> None:
    verdict = judged(LEARNS, 0.1, **{missing: None})
    assert (verdict.severity is Severity.SKIPPED) == (missing == "class_share")
