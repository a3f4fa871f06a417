from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.data_signal import DataSignal
from tests.diagnostics.histories import BASELINE, EPOCHS, LEARNS, STANDS, watched

SURE = DataSignal().sure


def judged(losses: list[float], sure: float = 0.3, **settings: Any) -> Verdict:
    start = {"predictability": 0.01, "predictability_z": sure}
    return DataSignal().judge(watched(losses, start=start, **settings))


def test_what_the_network_sees_all_the_same_is_a_note_without_a_cause() -> None:
    verdict = judged(LEARNS)
    assert verdict.severity is Severity.NOTE
    assert verdict.causes == {}


def test_learned_by_heart_and_no_use_elsewhere_is_a_warning() -> None:
    verdict = judged(LEARNS, val=[BASELINE * 1.2] * EPOCHS)
    assert verdict.severity is Severity.WARNING
    assert set(verdict.causes) == {"no_signal_in_inputs", "label_corruption"}


def test_a_validation_that_follows_shows_that_there_was_something() -> None:
    assert judged(LEARNS, val=[0.9 * loss for loss in LEARNS]).severity is Severity.NOTE


@pytest.mark.parametrize("share", [-0.2, 0.05, 0.5])
def test_it_is_the_standard_errors_that_count(share: float) -> None:
    found = {"predictability": share, "predictability_z": SURE * 1.01}
    assert DataSignal().judge(watched(STANDS, start=found)).severity is Severity.PASS


@pytest.mark.parametrize("sure", [SURE, 0.0, -3.0])
def test_a_little_above_chance_is_chance(sure: float) -> None:
    assert judged(STANDS, sure=sure).severity is Severity.WARNING


def test_few_rows_are_not_judged() -> None:
    few = {"samples": DataSignal().rows - 1}
    assert judged(STANDS, facts=few).severity is Severity.SKIPPED
    assert judged(STANDS, facts={"samples": None}).severity is Severity.SKIPPED
