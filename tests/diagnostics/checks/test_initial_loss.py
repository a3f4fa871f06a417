import math
from dataclasses import replace

import numpy as np
import pytest

from diagnostics import Facts, History, Severity, Verdict
from diagnostics.checks.initial_loss import InitialLoss
from diagnostics.progress import uninformed_loss
from tests.diagnostics.histories import FACTS, run


def judged(loss: float, facts: Facts = FACTS, after: tuple[float, ...] = ()) -> Verdict:
    return InitialLoss().judge(run(after, facts=facts, initial=loss))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_label_smoothing_leaves_the_loss_of_a_uniform_prediction_at_log_c(
    classes: int, smoothing: float
) -> None:
    target = np.full(classes, smoothing / classes)
    target[0] += 1 - smoothing
    uniform = -(target * np.log(np.full(classes, 1 / classes))).sum()
    facts = Facts(classes=classes, loss="cross_entropy", label_smoothing=smoothing)
    assert uninformed_loss(facts) == pytest.approx(uniform)


@pytest.mark.parametrize("times", [0.95, 1.0, 1.2, 1.5])
def test_he_initialised_models_may_start_somewhat_above(times: float) -> None:
    assert judged(times * math.log(10)).severity is Severity.PASS


@pytest.mark.parametrize(
    ("loss", "severity"),
    [
        (4.0, Severity.NOTE),
        (40.0, Severity.WARNING),
        (1.5, Severity.NOTE),
        (0.3, Severity.WARNING),
        (math.nan, Severity.FATAL),
    ],
)
def test_severity_follows_the_distance(loss: float, severity: Severity) -> None:
    assert judged(loss).severity is severity


@pytest.mark.parametrize(
    ("loss", "severity"), [(0.3, Severity.PASS), (1.5, Severity.PASS), (40.0, Severity.WARNING)]
)
def test_a_model_that_was_trained_before_may_start_low(loss: float, severity: Severity) -> None:
    verdict = judged(loss, replace(FACTS, trained_before=True))
    assert verdict.severity is severity
    assert ("trained before" in verdict.summary) == (severity is Severity.PASS)


def test_a_high_start_that_training_got_over_is_a_note() -> None:
    assert judged(40.0, after=(20.0, 0.4)).severity is Severity.NOTE


def test_a_sum_over_the_batch_is_recognised() -> None:
    verdict = judged(64 * math.log(10))
    assert "summed over the batch of 64" in verdict.summary
    assert verdict.remedy is not None
    assert "reduction='mean'" in verdict.remedy.text


def test_a_model_that_starts_at_the_class_shares_is_fine() -> None:
    history = run((), initial=0.7)
    history.record(0, {"prior_entropy": 0.69})
    verdict = InitialLoss().judge(history)
    assert verdict.severity is Severity.PASS
    assert verdict.evidence["prior_entropy"] == 0.69


def test_binary_losses_start_at_log_2() -> None:
    verdict = judged(0.7, Facts(loss="binary_cross_entropy"))
    assert verdict.severity is Severity.PASS
    assert "log 2 = 0.693" in verdict.summary


def test_skips_where_nothing_is_to_be_expected() -> None:
    assert "number of classes" in judged(2.3, replace(FACTS, classes=None)).summary
    assert "'mse_loss'" in judged(2.3, replace(FACTS, loss="mse_loss")).summary
    assert InitialLoss().judge(History(FACTS)).severity is Severity.SKIPPED
