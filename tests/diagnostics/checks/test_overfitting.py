from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.overfitting import ALIKE, FEWEST, Overfitting
from diagnostics.report import LIKELY
from tests.diagnostics.histories import (
    BASELINE,
    EPOCHS,
    LAGS,
    LEARNS,
    STANDS,
    rising_validation,
    watched,
)

CHECK = Overfitting()


def judged(losses: list[float], **settings: Any) -> Verdict:
    return CHECK.judge(watched(losses, **settings))


def test_worse_than_a_guess_is_a_warning_and_says_where_to_stop() -> None:
    verdict = CHECK.judge(rising_validation(until=1.5 * BASELINE))
    assert verdict.severity is Severity.WARNING
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {"epochs": 5}


def test_below_the_baseline_it_is_a_note() -> None:
    assert CHECK.judge(rising_validation(until=0.95 * BASELINE)).severity is Severity.NOTE


def test_too_sure_of_itself_but_right_is_calibration() -> None:
    assert CHECK.judge(rising_validation(until=5.0, accuracy=0.9)).severity is Severity.NOTE


@pytest.mark.parametrize("rise", [0.5 * CHECK.risen * BASELINE, 0.0])
def test_a_small_rise_is_none(rise: float) -> None:
    assert CHECK.judge(rising_validation(until=1.6 + rise)).severity is Severity.PASS


@pytest.mark.parametrize(("epochs", "severity"), [(2, Severity.PASS), (3, Severity.WARNING)])
def test_waits_for_evaluations_after_the_minimum(epochs: int, severity: Severity) -> None:
    falling, rising = [2.0 - 0.08 * e for e in range(EPOCHS - epochs)], [4.0] * epochs
    wrong = {"val_accuracy": 0.1}
    assert judged(LEARNS, val=[*falling, *rising], during=wrong).severity is severity


def test_a_validation_loss_that_jumps_about_is_noise() -> None:
    noisy = [1.5 + 1.2 * (epoch % 2) for epoch in range(EPOCHS - 1)]
    assert judged(LEARNS, val=[*noisy, 2.6], during={"val_accuracy": 0.1}).causes == {}


@pytest.mark.parametrize("losses", [STANDS, LAGS])
def test_who_has_not_learned_the_training_set_does_not_overfit(losses: list[float]) -> None:
    rising = [1.0 + 0.3 * epoch for epoch in range(EPOCHS)]
    assert judged(losses, val=rising).severity is Severity.PASS


def test_noisy_labels_are_suspected_where_validation_never_was_good() -> None:
    never = [2.3 + 0.2 * epoch for epoch in range(EPOCHS)]
    by_heart = judged(LEARNS, val=never, during={"val_accuracy": 0.1})
    assert set(by_heart.causes) == {"overfitting", "label_noise"}
    assert set(CHECK.judge(rising_validation(until=5.0)).causes) == {"overfitting"}


def test_validation_data_of_another_kind_are_not_what_was_overfitted() -> None:
    never = [2.5 + 0.2 * epoch for epoch in range(EPOCHS)]
    apart = judged(LEARNS, val=never, during={"val_accuracy": 0.0})
    assert (apart.severity, apart.remedy) == (Severity.NOTE, ALIKE)
    assert apart.causes["overfitting"] < LIKELY
    unknown = {"predictability": 0.02, "predictability_z": 0.4}
    by_heart = judged(LEARNS, val=never, during={"val_accuracy": 0.0}, start=unknown)
    assert by_heart.causes["overfitting"] > LIKELY


def test_skips_few_validation_losses() -> None:
    assert CHECK.judge(watched(LEARNS[: FEWEST - 1])).severity is Severity.SKIPPED
    assert CHECK.judge(watched(LEARNS[:FEWEST])).severity is Severity.PASS
