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


def asked(
    kind: str, loss: float, blank: float, classes: int | None = 10, **start: float
) -> Verdict:
    """Of a loss that preflight has asked; `blank` is its value at outputs of zero."""
    facts = replace(FACTS, loss=kind, loss_on="logits", loss_scale=1.0, classes=classes)
    history = run((), facts=facts, initial=loss)
    history.record(0, {"blank_loss": blank, "baseline_loss": blank, **start})
    return InitialLoss().judge(history)


FOCAL = (1 - 1 / 10) ** 2 * math.log(10)  # γ = 2


@pytest.mark.parametrize(
    ("kind", "blank"), [("focal_loss", FOCAL), ("info_nce_loss", math.log(63))]
)
@pytest.mark.parametrize(
    ("times", "severity"),
    [
        (0.3, Severity.PASS),
        (1.0, Severity.PASS),
        (4.9, Severity.PASS),
        (5.1, Severity.WARNING),
    ],
)
def test_what_spreads_further_is_held_to_five_times(
    kind: str, blank: float, times: float, severity: Severity
) -> None:
    verdict = asked(kind, times * blank, blank)
    assert verdict.severity is severity
    assert verdict.evidence["expected"] == blank


@pytest.mark.parametrize(
    "kind", ["dice_loss", "dice_cross_entropy", "triplet_margin_loss", "binary_focal_loss"]
)
@pytest.mark.parametrize("times", [0.01, 1.0, 40.0])
def test_what_has_no_scale_is_told_and_not_judged(kind: str, times: float) -> None:
    verdict = asked(kind, 0.2 * times, 0.2, classes=None)
    assert verdict.severity is Severity.PASS
    assert "outputs of zero have 0.200" in verdict.summary


def test_a_focal_loss_of_few_classes_is_not_held_to_a_scale() -> None:
    assert asked("focal_loss", 9.0, 0.2, classes=3).severity is Severity.SKIPPED


@pytest.mark.parametrize(
    ("blank", "severity"),
    [
        (math.log(10), Severity.WARNING),
        (1.009 * math.log(10), Severity.WARNING),
        (1.011 * math.log(10), Severity.SKIPPED),
        (FOCAL, Severity.SKIPPED),
    ],
)
def test_a_softmax_of_an_unknown_kind_is_held_to_log_c_where_zeros_give_it(
    blank: float, severity: Severity
) -> None:
    assert asked("cross_entropy_weighted", 40.0, blank).severity is severity


def test_weighted_flags_start_at_the_weighted_log_2() -> None:
    blank = math.log(2) * (0.2 * 4 + 0.8)
    kind = "binary_cross_entropy_weighted"
    assert asked(kind, 1.2 * blank, blank, classes=None).severity is Severity.PASS
    assert asked(kind, 9 * blank, blank, classes=None).severity is Severity.WARNING
    low = asked(kind, 0.6 * blank, blank, classes=None, baseline_loss=0.6 * blank)
    assert low.severity is Severity.PASS


def test_training_that_got_over_a_focal_start_is_a_note() -> None:
    facts = replace(FACTS, loss="focal_loss", loss_on="logits", loss_scale=1.0)
    history = run((9.0, 0.1), facts=facts, initial=40.0)
    history.record(0, {"blank_loss": FOCAL})
    assert InitialLoss().judge(history).severity is Severity.NOTE


def test_a_loss_that_was_not_asked_is_not_judged_by_its_blank() -> None:
    facts = replace(FACTS, loss="focal_loss")
    history = run((), facts=facts, initial=40.0)
    history.record(0, {"blank_loss": FOCAL})
    assert InitialLoss().judge(history).severity is Severity.SKIPPED
