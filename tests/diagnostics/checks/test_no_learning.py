from typing import Any

import pytest

from diagnostics import Severity, Verdict, diagnose
from diagnostics.checks.no_learning import LONGER, SUSPECTS, NoLearning
from tests.diagnostics.histories import (
    BASELINE,
    BEHIND,
    EPOCHS,
    LAGS,
    LEARNS,
    LOST,
    NOT_LEARNED,
    STANDS,
    watched,
)


def judged(losses: list[float], **settings: Any) -> Verdict:
    return NoLearning().judge(watched(losses, **settings))


def first_cause(verdict: Verdict) -> str:
    return diagnose([verdict])[0].cause


def test_where_model_lr_and_data_are_sound_the_labels_are_suspected() -> None:
    verdict = judged(STANDS)
    assert verdict.severity is Severity.WARNING
    assert first_cause(verdict) == "label_corruption"
    assert "input_independent" in verdict.causes
    assert verdict.remedy == SUSPECTS


@pytest.mark.parametrize(
    "settings",
    [
        {"start": NOT_LEARNED},
        {"start": {"tiny_own_loss": None}},
        {"start": {"predictability": 0.02, "predictability_z": 0.4}},
        {"during": {"dead_units": {"relu": 1.0}}},
        {"ratio": 1e-6},
    ],
    ids=["not learnable", "not tried", "nothing to learn", "dead", "standing still"],
)
def test_where_something_else_is_wrong_the_labels_are_not(settings: dict[str, Any]) -> None:
    verdict = judged(STANDS, **settings)
    assert verdict.severity is Severity.WARNING
    assert first_cause(verdict) == "no_learning"


def test_fewer_steps_than_twenty_rows_took_are_too_few() -> None:
    slow = {f"tiny_{who}_steps": 400.0 for who in ("own", "reference")}
    assert first_cause(judged(STANDS, start=slow)) == "undertrained"
    once = {"facts": {"total_steps": EPOCHS}, "during": {"steps": 1.0}}
    assert first_cause(judged(STANDS, start=slow, **once)) == "batch_size_too_large"


@pytest.mark.parametrize(("steps", "few"), [(1.0, True), (2.0, False)])
def test_thirty_steps_are_too_few_to_learn_anything(steps: float, few: bool) -> None:
    whole = {"facts": {"total_steps": steps * EPOCHS}, "during": {"steps": steps}}
    verdict = judged(STANDS, start=NOT_LEARNED, **whole)
    assert verdict.severity is Severity.WARNING
    assert ("undertrained" in verdict.causes) == few


def test_a_run_that_is_lost_has_other_checks() -> None:
    assert judged(LOST).severity is Severity.WARNING
    assert set(judged(LOST).causes) <= {"no_learning"}
    assert first_cause(judged(LOST)) == "no_learning"


@pytest.mark.parametrize(("losses", "severity"), [(LEARNS, "pass"), (LAGS, "note")])
def test_more_than_half_of_what_is_possible_is_learning(losses: list[float], severity: str) -> None:
    assert judged(losses).severity == severity


def test_some_learning_is_a_note_and_hardly_any_a_warning() -> None:
    assert judged(BEHIND).severity is Severity.NOTE
    could, little = 0.85, NoLearning().little
    for share, severity in ((1.1, Severity.NOTE), (0.9, Severity.WARNING)):
        loss = BASELINE * (1 - share * little * could)
        assert judged([loss] * EPOCHS).severity is severity


def test_a_loss_that_still_falls_at_the_end_wants_more_epochs() -> None:
    verdict = judged([2.3 - 0.03 * epoch for epoch in range(EPOCHS)])
    assert verdict.remedy == LONGER
    assert "undertrained" in verdict.causes
    assert "undertrained" not in judged(BEHIND).causes


def test_hard_tasks_may_stand_still_at_first() -> None:
    planned = {"epochs": 100, "total_steps": 2300}
    assert judged(STANDS[:15], facts=planned).severity is Severity.SKIPPED


def test_without_inputs_that_tell_anything_a_little_is_all_there_is() -> None:
    nothing = {"predictability": 0.02, "predictability_z": 0.4}
    assert judged([0.95 * BASELINE] * EPOCHS, start=nothing).severity is Severity.PASS
