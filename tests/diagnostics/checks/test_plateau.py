from dataclasses import replace
from typing import Any

import pytest

from diagnostics import Facts, History, Severity
from diagnostics.checks.plateau import Plateau
from diagnostics.progress import floor_loss
from tests.diagnostics.histories import EPOCHS, FACTS, STANDS, run, watched
from tests.diagnostics.lr_tests import LOST, NOTHING, TOO_HIGH, TOO_LOW, falls, tried

FLAT = [2.38] * 8


def said(history: History) -> tuple[Severity, str, dict[str, object]]:
    verdict = Plateau().judge(history)
    return verdict.severity, verdict.summary, verdict.remedy.patch if verdict.remedy else {}


@pytest.mark.parametrize(
    ("ratio", "why", "patch"),
    [
        (1e-7, "lr 0.1 is too low", {"optimizer.lr": 10.0}),
        (0.5, "lr 0.1 is likely too high", {"optimizer.lr": 0.001}),
        (1e-3, "lr 0.1 is not the likely reason", {}),
        ([1e-7, 1e-3], "hardly any gradient reaches `fc1`", {}),
        ([0.0, 1e-3], "`fc1` does not move", {}),
    ],
)
def test_flat_from_the_start_names_the_likelier_reason(
    ratio: float, why: str, patch: dict[str, object]
) -> None:
    severity, summary, given = said(run(FLAT, ratio=ratio))
    assert severity is Severity.WARNING
    assert why in summary
    assert given == patch


def test_flat_without_ratios_leaves_the_reason_open() -> None:
    history = run(FLAT)
    for row in history.rows.values():
        row.pop("update_ratio", None)
    assert "lr is too low, or the initialisation bad" in said(history)[1]


def test_flat_because_weight_decay_won() -> None:
    history = run([2.1, *FLAT], norm=[5.0 * 0.3**i for i in range(9)])
    assert "weight decay has shrunk" in said(history)[1]
    assert said(history)[2] == {"optimizer.weight_decay": 1e-5}


def test_weights_that_decayed_to_zero_did_not_begin_there() -> None:
    severity, summary, patch = said(run(FLAT, norm=[4.0, 1.0, *[0.0] * 6]))
    assert severity is Severity.WARNING
    assert "weight decay has shrunk" in summary
    assert patch == {"optimizer.weight_decay": 1e-5}


def test_a_loss_far_above_its_start_is_not_flat() -> None:
    severity, summary, _ = said(run([90.0, 200.0, 400.0, 300.0, 561.0], ratio=1e-3))
    assert severity is Severity.PASS
    assert "see `diverging`" in summary


def test_units_that_died_in_the_first_epoch_need_no_higher_lr() -> None:
    history = run(FLAT, ratio=1e-7)
    for epoch in range(1, 9):
        history.record(epoch, {"gradient_norm": {"fc1": 0.0, "fc2": 1e-9}})
    severity, summary, patch = said(history)
    assert severity is Severity.WARNING
    assert "hardly any gradient arrives" in summary
    assert patch == {}


def test_a_pace_that_collapsed_was_once_usual() -> None:
    history = run(FLAT, ratio=1e-8)
    history.record(1, {"update_ratio": {"fc1": 1e-3, "fc2": 2e-3}})
    assert "hardly any gradient arrives" in said(history)[1]
    assert said(history)[2] == {}


@pytest.mark.parametrize("smoothing", [0.1, 0.5, 0.9])
def test_near_the_floor_of_smoothed_labels_is_done(smoothing: float) -> None:
    facts = replace(FACTS, label_smoothing=smoothing)
    floor = floor_loss(facts)
    losses = [floor + (2.3 - floor) * share for share in [0.5, 0.2, *[0.05] * 10]]
    severity, summary, _ = said(run(losses, facts=facts))
    assert severity is Severity.PASS
    assert "near the smallest there is" in summary


def test_flat_because_all_weights_are_zero() -> None:
    assert "`fc1`, `fc2` are all zero" in said(run(FLAT, norm=[0.0] * 8))[1]


def test_flat_after_a_burst_blames_a_high_lr() -> None:
    history = run([2.31] * 8, ratio=1e-7)
    history.record(1, {"loss_max": 5000.0})
    assert "lr 0.1 is likely too high" in said(history)[1]


def test_coming_back_from_a_burst_is_not_learning() -> None:
    severity, summary, _ = said(run([112.0, 30.0, 12.0, 6.0, 3.0, 2.32]))
    assert severity is Severity.WARNING
    assert "lr 0.1 is likely too high" in summary


def test_falls_but_far_too_slowly() -> None:
    severity, summary, patch = said(run([2.3 - 0.02 * i for i in range(10)], ratio=2e-5))
    assert severity is Severity.WARNING
    assert "is too low" in summary
    assert patch == {"optimizer.lr": 5.0}


def test_falling_from_a_very_high_start_is_not_flat() -> None:
    assert said(run([40.0 * 0.6**i for i in range(6)], initial=55.0))[0] is Severity.PASS


def test_without_an_lr_the_advice_is_in_words() -> None:
    facts = replace(FACTS, lr=None)
    for ratio, word in ((1e-7, "Raise"), (0.5, "Divide")):
        verdict = Plateau().judge(run(FLAT, ratio=ratio, facts=facts, lr=[float("nan")] * 8))
        assert verdict.remedy is not None
        assert verdict.remedy.text.startswith(word)


def test_flat_later_is_a_note_to_decay_now() -> None:
    severity, summary, patch = said(run([2.0, 1.5, 1.2, 1.0, *[0.9] * 8]))
    assert severity is Severity.NOTE
    assert summary == "The training loss is flat since epoch 7, at 0.900."
    assert patch == {"schedule": {"name": "cosine"}}


@pytest.mark.parametrize("later", [[0.01] * 8, [0.9 - 0.05 * i for i in range(8)]])
def test_nothing_left_to_learn_and_still_learning_are_no_plateau(later: list[float]) -> None:
    assert said(run([2.0, 1.5, 1.2, 1.0, *later]))[0] is Severity.PASS


def test_flat_after_a_decay_has_been_decayed_already() -> None:
    rates = [0.1] * 4 + [0.04] * 8
    assert said(run([2.0, 1.5, 1.2, 1.0, *[0.9] * 8], lr=rates))[0] is Severity.PASS


@pytest.mark.parametrize(
    ("losses", "severity"),
    [
        ([2.2, 2.0, 1.8, *[1.78] * 6], Severity.WARNING),
        ([2.2, 1.5, 0.9, *[0.88] * 6], Severity.NOTE),
        ([2.2, 1.5, 0.9, 0.5, 0.3, 0.2], Severity.PASS),
    ],
)
def test_a_step_of_lr_that_came_too_early(losses: list[float], severity: Severity) -> None:
    rates = [0.1] * 3 + [0.01] * (len(losses) - 3)
    found, summary, patch = said(run(losses, lr=rates, facts=replace(FACTS, schedule="step")))
    assert found is severity
    if severity is not Severity.PASS:
        assert "lr fell to 0.01 in epoch 4" in summary
        assert patch == {"schedule": {"name": "cosine"}}


def test_an_early_step_is_seen_before_five_epochs_at_full_lr() -> None:
    history = run([2.2, 2.0, *[1.98] * 6], lr=[0.1] * 2 + [0.001] * 6)
    assert "lr fell to 0.001 in epoch 3" in said(history)[1]


def test_waits_for_enough_epochs_but_not_longer_than_the_run() -> None:
    assert said(run(FLAT[:4]))[0] is Severity.SKIPPED
    assert said(run(FLAT[:3], facts=replace(FACTS, epochs=6)))[0] is Severity.WARNING


def test_skips_where_nothing_says_where_the_loss_began() -> None:
    history = History(Facts())
    for epoch in range(1, 9):
        history.record(epoch, {"train_loss": 2.3})
    assert said(history)[0] is Severity.SKIPPED


LATER = [2.0, 1.5, 1.2, 1.0, *[0.9] * 8]
WEAK = {"predictability": 0.1, "predictability_z": 9.0}  # little can be learned, and that is sure
UNCLEAR = tried(falls(0.01), falls(0.03), falls(0.04))
SAME = tried(falls(0.1), falls(0.3), falls(0.9))


def after_test(history: History, signals: dict[str, Any], epoch: int = 0) -> History:
    history.record(epoch or history.epochs, signals)
    return history


def test_a_test_that_falls_faster_at_three_times_the_lr_says_too_low() -> None:
    history = after_test(run(FLAT, ratio=1e-3), TOO_LOW)
    severity, summary, patch = said(history)
    assert severity is Severity.WARNING
    assert "lr 0.1 is too low, as × 3 falls clearly faster" in summary
    assert patch == {"optimizer.lr": 0.3}
    verdict = Plateau().judge(history)
    assert verdict.causes == {"lr_too_low": 0.5}
    assert verdict.evidence["fall_at_higher_lr"] == pytest.approx(1e-3)


def test_layers_that_hardly_move_need_more_than_three_times_the_lr() -> None:
    assert said(after_test(run(FLAT, ratio=1e-7), TOO_LOW))[2] == {"optimizer.lr": 10.0}


def test_a_test_that_falls_only_at_a_third_of_the_lr_says_too_high() -> None:
    history = after_test(run(FLAT, ratio=1e-3), TOO_HIGH)
    severity, summary, patch = said(history)
    assert severity is Severity.WARNING
    assert "lr 0.1 is too high by now" in summary
    assert patch == {"optimizer.lr": 0.03}
    assert Plateau().judge(history).causes == {"lr_too_high": 0.5}


def test_a_sample_that_falls_at_the_runs_own_lr_says_that_the_loop_does_something_else() -> None:
    history = after_test(run(FLAT, ratio=1e-3), SAME)
    severity, summary, patch = said(history)
    assert severity is Severity.WARNING
    assert "lr 0.1 is not the reason: in a short test at that lr" in summary
    assert patch == {}
    assert Plateau().judge(history).causes == {}
    assert said(after_test(run(LATER), SAME)) == said(run(LATER))


@pytest.mark.parametrize("no_ratios", [False, True])
def test_where_no_lr_lowers_it_lr_is_not_the_reason(no_ratios: bool) -> None:
    history = after_test(run(FLAT, ratio=1e-3), NOTHING)
    if no_ratios:
        for row in history.rows.values():
            row.pop("update_ratio", None)
    severity, summary, patch = said(history)
    assert severity is Severity.WARNING
    assert "lr 0.1 is not the reason" in summary
    assert patch == {}
    assert Plateau().judge(history).causes == {}


def test_a_factor_of_three_does_not_clear_an_lr_that_is_far_too_low() -> None:
    for signals in (NOTHING, UNCLEAR):
        severity, summary, patch = said(after_test(run(FLAT, ratio=1e-7), signals))
        assert severity is Severity.WARNING
        assert summary.endswith("lr 0.1 is too low.")
        assert patch == {"optimizer.lr": 10.0}


@pytest.mark.parametrize("signals", [TOO_LOW, TOO_HIGH, NOTHING])
def test_what_is_seen_to_be_broken_is_not_excused_by_a_test(signals: dict[str, object]) -> None:
    history = run([2.31] * 8, ratio=1e-3)
    history.record(1, {"loss_max": 5000.0})
    assert "lr 0.1 is likely too high" in said(after_test(history, signals))[1]
    assert "are all zero" in said(after_test(run(FLAT, norm=[0.0] * 8), signals))[1]
    shrinks = run([2.1, *FLAT], norm=[5.0 * 0.3**i for i in range(9)])
    assert "weight decay has shrunk" in said(after_test(shrinks, signals))[1]
    assert "`fc1` does not move" in said(after_test(run(FLAT, ratio=[0.0, 1e-3]), signals))[1]


def weak(loss: float) -> History:
    """Stands where little more could be learned; only the losses tell how much was."""
    start, during = {**WEAK, "class_share": {}}, {"train_accuracy": None}
    return watched([loss] * EPOCHS, start=start, during=during, initial=2.303)


def test_irreducible_loss_is_a_note_that_speaks_for_no_cause() -> None:
    history = weak(2.28)
    for_warning = said(history)[0]
    history.record(0, {"predictability": 0.01, "initial_loss": 2.303})
    assert said(history)[0] is for_warning is Severity.WARNING
    verdict = Plateau().judge(after_test(history, NOTHING))
    assert verdict.severity is Severity.NOTE
    assert "what is left may be noise" in verdict.summary
    assert verdict.causes == {}
    assert Plateau().judge(after_test(weak(2.3), NOTHING)).severity is Severity.WARNING


def test_without_a_clear_answer_it_judges_as_before() -> None:
    for losses, ratio in ((FLAT, 1e-3), (FLAT, 1e-7), (LATER, 1e-3)):
        plain, unclear = run(losses, ratio=ratio), after_test(run(losses, ratio=ratio), UNCLEAR)
        assert said(plain) == said(unclear)


def test_a_test_at_another_lr_says_nothing_of_this_one() -> None:
    rates = [0.3, *[0.1] * 7]
    plain = run(FLAT, lr=rates, ratio=1e-3)
    assert said(after_test(run(FLAT, lr=rates, ratio=1e-3), TOO_LOW, 1)) == said(plain)
    assert said(after_test(run(FLAT, lr=rates, ratio=1e-3), TOO_LOW, 2)) != said(plain)


@pytest.mark.parametrize(
    ("signals", "words", "patch"),
    [
        (TOO_LOW, "lr 0.1 is too low", {"optimizer.lr": 0.3}),
        (TOO_HIGH, "lr 0.1 is too high by now", {"schedule": {"name": "cosine"}}),
        (NOTHING, "lr is not the reason", {}),
    ],
)
def test_flat_later_is_told_by_the_test_and_stays_a_note_where_it_does_no_harm(
    signals: dict[str, object], words: str, patch: dict[str, object]
) -> None:
    history = after_test(run(LATER), signals)
    severity, summary, given = said(history)
    assert severity is Severity.NOTE
    assert summary.startswith("The training loss is flat since epoch 7, at 0.900: ")
    assert words in summary
    assert given == patch
    assert Plateau().judge(history).causes == {}


@pytest.mark.parametrize(("signals", "cause"), [(TOO_LOW, "lr_too_low"), (TOO_HIGH, "lr_too_high")])
def test_flat_later_is_a_warning_where_the_run_lags_behind_what_is_possible(
    signals: dict[str, object], cause: str
) -> None:
    lags = [2.2, 2.1, 2.0, 1.9, *[1.8] * (EPOCHS - 4)]
    assert Plateau().judge(watched(lags)).severity is Severity.NOTE
    verdict = Plateau().judge(after_test(watched(lags), signals))
    assert verdict.severity is Severity.WARNING
    assert [*verdict.causes] == [cause]
    assert verdict.remedy is not None


def test_flat_later_ignores_a_test_from_before() -> None:
    assert said(after_test(run(LATER), TOO_LOW, epoch=2)) == said(run(LATER))


def test_flat_later_near_what_is_possible_may_be_noise() -> None:
    history = after_test(
        watched([2.2, 2.1, *[2.0] * 18], start={**WEAK, "class_share": {}}), NOTHING
    )
    assert "what is left may be noise" in said(history)[1]


@pytest.mark.parametrize(
    ("history", "stands"),
    [
        (run(FLAT), True),
        (run([2.3 - 0.02 * i for i in range(10)], ratio=2e-5), True),
        (run(LATER), True),
        (watched(STANDS), True),
        (run([2.0, 1.5, 1.2, 1.0, *[0.01] * 8]), False),
        (run([2.4 * 0.8**i for i in range(10)]), False),
        (run([90.0, 200.0, 400.0, 300.0, 561.0]), False),
        (run(FLAT[:4]), False),
        (History(Facts()), False),
    ],
)
def test_it_stands_still_where_it_is_flat_and_not_done(history: History, stands: bool) -> None:
    assert Plateau().stands_still(history) == stands


def test_a_course_that_was_lost_at_every_lr_is_no_answer_for_lr() -> None:
    history = after_test(run(FLAT, ratio=1e-3), tried(LOST, LOST, LOST))
    assert said(history)[0] is Severity.WARNING
    assert "short test" not in Plateau().judge(history).summary
    assert Plateau().judge(history).causes == {}
