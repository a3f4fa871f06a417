import math
from dataclasses import replace

import pytest

from diagnostics import Severity
from diagnostics.checks.update_ratio import UpdateRatio
from tests.diagnostics.histories import FACTS, run

FLAT = [2.38] * 5
FALLING = [2.0, 1.4, 0.9, 0.5, 0.3]


@pytest.mark.parametrize("ratio", [1e-4, 3e-4, 1e-3, 9e-3])
def test_the_band_is_fine_even_for_a_run_that_learns_nothing(ratio: float) -> None:
    assert UpdateRatio().judge(run(FLAT, ratio=ratio)).severity is Severity.PASS


@pytest.mark.parametrize(
    ("ratio", "severity"),
    [
        (1e-5, Severity.NOTE),
        (5e-5, Severity.PASS),
        (2e-2, Severity.PASS),
        (6e-2, Severity.NOTE),
    ],
)
def test_a_run_that_learns_gets_no_warning(ratio: float, severity: Severity) -> None:
    assert UpdateRatio().judge(run(FALLING, ratio=ratio)).severity is severity


def test_too_low_and_not_learning() -> None:
    verdict = UpdateRatio().judge(run(FLAT, ratio=[1e-6, 2e-6]))
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == (
        "Every layer moves too little with lr 0.1: 1e-6 to 2e-6 of its size per step (usual: 1e-3)."
    )
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {"optimizer.lr": 10.0}  # a factor of 100 at most


def test_too_high_and_rising() -> None:
    verdict = UpdateRatio().judge(run([2.0, 1.0, 1.5, 1.9], ratio=0.05))
    assert verdict.severity is Severity.WARNING
    assert "Every layer moves too much" in verdict.summary
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {"optimizer.lr": 0.002}


def test_too_high_and_not_finite() -> None:
    verdict = UpdateRatio().judge(run([1.0, 0.5, math.nan], ratio=0.05))
    assert verdict.severity is Severity.WARNING


def test_one_layer_outside_is_no_reason_to_change_lr() -> None:
    verdict = UpdateRatio().judge(run(FLAT, ratio=[1e-6, 2e-3]))
    assert verdict.severity is Severity.WARNING
    assert verdict.summary.startswith("Layer `fc1` moves too little")
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {}


def test_what_stands_still_after_a_violent_step_was_not_too_slow() -> None:
    history = run([2.31] * 5, ratio=1e-6)
    history.record(1, {"loss_max": 5000.0})
    verdict = UpdateRatio().judge(history)
    assert verdict.severity is Severity.NOTE
    assert "lr 0.1 is not what is too low" in verdict.summary


def test_shrunken_weights_are_the_affair_of_weight_decay() -> None:
    verdict = UpdateRatio().judge(run(FLAT, ratio=0.7, norm=[5.0 * 0.3**i for i in range(5)]))
    assert verdict.severity is Severity.WARNING
    assert "weight decay has shrunk the weights" in verdict.summary
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {"optimizer.weight_decay": 1e-5}


def test_without_gradients_a_higher_lr_is_no_advice() -> None:
    history = run(FLAT, ratio=1e-8)
    history.record(1, {"update_ratio": {"fc1": 1e-3, "fc2": 2e-3}})
    verdict = UpdateRatio().judge(history)
    assert "hardly any gradient arrives" in verdict.summary
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {}


def test_a_huge_lr_falls_to_a_usual_one() -> None:
    verdict = UpdateRatio().judge(run([9.0] * 5, ratio=0.5, facts=replace(FACTS, lr=1000.0)))
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {"optimizer.lr": 0.1}


def test_layers_that_do_not_move_at_all() -> None:
    verdict = UpdateRatio().judge(run(FLAT, ratio=0.0))
    assert verdict.summary.startswith("No layer moves")
    assert verdict.remedy is not None
    assert "gradients arrive" in verdict.remedy.text


def test_the_tail_of_a_decay_is_not_judged() -> None:
    rates = [0.1, 0.1, 0.1, 0.005, 0.001]
    history = run(FLAT, ratio=1e-3, lr=rates)
    for epoch in (4, 5):
        history.record(epoch, {"update_ratio": {"fc1": 1e-7, "fc2": 1e-7}})
    verdict = UpdateRatio().judge(history)
    assert verdict.severity is Severity.PASS
    assert (verdict.first_epoch, verdict.last_epoch) == (1, 3)
    assert UpdateRatio(epochs=4).judge(history).severity is Severity.SKIPPED


def test_without_an_lr_the_remedy_is_a_factor() -> None:
    history = run(FLAT, ratio=1e-6, facts=replace(FACTS, lr=None), lr=[math.nan] * 5)
    verdict = UpdateRatio().judge(history)
    assert verdict.remedy is not None
    assert verdict.remedy.text.startswith("Multiply lr by 1000")
    assert verdict.remedy.patch == {}
    assert "the learning rate" in verdict.summary
