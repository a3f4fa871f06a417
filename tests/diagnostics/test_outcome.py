"""The measure of harm: each word of it at its boundary, and against its slow twin."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import History
from diagnostics.outcome import (
    BEHIND,
    FAILED,
    FAR,
    FEWEST_STEPS,
    LAGGING,
    Harm,
    baseline,
    best_gain,
    by_layer,
    does_well,
    evidence,
    gain,
    had_a_chance,
    harm,
    lags,
    lost_at_once,
    measured,
    nearly_over,
    newest,
    possible,
    reached,
    said,
    starts_high,
    steps_done,
    still_falling,
)
from diagnostics.progress import floor_loss
from tests.diagnostics.histories import BASELINE, EPOCHS, FACTS, KNOWN, LOST, STEPS, run, watched

COULD = 0.85
NOTHING: dict[str, Any] = {"predictability": 0.02, "predictability_z": 0.4}


def ended(loss: float, **settings: Any) -> History:
    """A whole run that stood at this loss."""
    return watched([loss] * EPOCHS, **settings)


def gained(share: float, **settings: Any) -> History:
    return ended(BASELINE * (1 - share), **settings)


@pytest.mark.parametrize(
    ("share", "found"),
    [
        (1.0, None),
        (1.01 * BEHIND * COULD, None),
        (0.99 * BEHIND * COULD, Harm.BEHIND),
        (1.01 * (1 - FAILED), Harm.BEHIND),
        (0.99 * (1 - FAILED), Harm.FAILED),
        (-1.0, Harm.FAILED),
        (0.99 * (1 - FAR * 2.4 / BASELINE), Harm.FAILED),
        (1.01 * (1 - FAR * 2.4 / BASELINE), Harm.BROKEN),  # three times the untrained model's
    ],
)
def test_harm_at_its_boundaries(share: float, found: Harm | None) -> None:
    assert harm(gained(share)) is found


def test_one_loss_that_is_not_finite_breaks_a_run() -> None:
    assert harm(watched(LOST[:3])) is Harm.BROKEN
    assert harm(watched([1.0, math.nan, 1.0])) is Harm.BROKEN


@pytest.mark.parametrize(("share", "behind"), [(0.01, False), (-0.01, True)])
def test_lagging_is_less_than_harm(share: float, behind: bool) -> None:
    history = gained(COULD - LAGGING + share, during={"val_accuracy": 0.99})
    assert harm(history) is None
    assert lags(history) == behind


@pytest.mark.parametrize(("share", "behind"), [(0.01, False), (-0.01, True)])
def test_so_is_a_validation_behind_that_of_simple_predictors(share: float, behind: bool) -> None:
    right = 0.1 + 0.9 * (COULD - LAGGING / 2 + share)
    history = gained(0.99, during={"val_accuracy": right})
    assert harm(history) is None
    assert lags(history) == behind


@pytest.mark.parametrize(("share", "behind"), [(0.01, False), (-0.01, True)])
def test_and_a_regression_by_its_validation_loss(share: float, behind: bool) -> None:
    left = BASELINE * (1 - (COULD - LAGGING + share))
    values = {"task": "regression", "loss": "mse_loss"}
    history = gained(0.99, facts=values, val=[left] * EPOCHS)
    assert harm(history) is None
    assert lags(history) == behind


def test_where_the_inputs_tell_nothing_a_little_is_enough() -> None:
    history = gained(0.05, start=NOTHING)
    assert possible(history) is None
    assert harm(history) is None
    assert not lags(history)
    assert harm(gained(0.0, start=NOTHING)) is Harm.FAILED


@pytest.mark.parametrize(
    ("share", "sure", "found"), [(0.85, 60.0, 0.85), (0.85, 4.9, None), (0.29, 60.0, None)]
)
def test_what_is_possible_must_be_sure_and_worth_something(
    share: float, sure: float, found: float | None
) -> None:
    history = watched([], start={"predictability": share, "predictability_z": sure})
    assert possible(history) == found


def test_nothing_is_said_before_a_run_had_a_chance() -> None:
    for epochs in range(4):
        assert not had_a_chance(watched([2.303] * epochs))
        assert harm(watched([2.303] * epochs)) is None
    assert had_a_chance(watched([2.303] * 4))  # a fifth of all steps


@pytest.mark.parametrize(
    ("epochs", "steps", "total", "chance"),
    [
        (2, 1000.0, None, False),
        (3, FEWEST_STEPS / 3, None, True),
        (3, FEWEST_STEPS / 3 - 1, None, False),
        (3, 10.0, 151, False),
        (3, 10.0, 150, True),
        (1, 2.0, 2, True),  # the whole of a short run
    ],
)
def test_a_chance_is_epochs_and_steps_and_a_share_of_the_run(
    epochs: int, steps: float, total: int | None, chance: bool
) -> None:
    during = {"steps": steps}
    history = watched([2.303] * epochs, facts={"total_steps": total}, during=during)
    assert had_a_chance(history) == chance
    assert steps_done(history) == epochs * steps


@pytest.mark.parametrize(
    ("facts", "epochs", "over"),
    [
        ({}, 18, True),
        ({}, 17, False),
        ({"total_steps": None}, 17, False),
        ({"total_steps": None}, 18, True),
        ({"total_steps": None, "epochs": None}, 9, False),
        ({"total_steps": None, "epochs": None}, 10, True),
    ],
)
def test_a_run_is_held_against_others_near_its_end(
    facts: dict[str, Any], epochs: int, over: bool
) -> None:
    history = watched([1.9] * epochs, facts=facts)
    assert nearly_over(history) == over
    assert (harm(history) is Harm.BEHIND) == over


def test_without_counted_steps_epochs_decide() -> None:
    assert not had_a_chance(run([2.3, 2.3]))
    assert had_a_chance(run([2.3, 2.3, 2.3]))
    assert steps_done(run([2.3])) is None


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ({}, BASELINE),
        ({"baseline_loss": 1.5}, 1.5),
        ({"baseline_loss": None}, BASELINE),
        ({"baseline_loss": 0.0}, None),  # targets that never change
        ({"baseline_loss": -4.0}, None),
        ({"baseline_loss": None, "prior_entropy": None}, math.log(10)),
    ],
)
def test_the_baseline_is_measured_or_known_from_the_classes(
    start: dict[str, Any], found: float | None
) -> None:
    assert baseline(watched([], start=start)) == found


@given(
    loss=st.floats(1e-6, 10), smoothing=st.sampled_from([0.0, 0.1]), times=st.sampled_from([1, 64])
)
def test_the_gain_is_the_share_that_could_be_taken_away(
    loss: float, smoothing: float, times: int
) -> None:
    facts = {"label_smoothing": smoothing, "loss_scale": float(times)}
    history = ended(loss * times, facts=facts, start={"baseline_loss": BASELINE * times})
    floor = floor_loss(replace(history.facts, loss_scale=None))
    assert gain(history) == pytest.approx((BASELINE - loss) / (BASELINE - floor))


def test_the_best_epoch_and_the_newest() -> None:
    history = watched([2.0, 0.5 * BASELINE, BASELINE])
    assert gain(history) == pytest.approx(0.0)
    assert best_gain(history) == pytest.approx(0.5)
    assert not does_well(history)
    assert does_well(gained(0.81))


def test_what_was_reached_is_measured_like_what_is_possible() -> None:
    right = {"train_accuracy": 0.55}
    assert reached(gained(0.3, during=right)) == pytest.approx(0.5)  # above a chance of 0.1
    assert reached(gained(0.9, during=right)) == pytest.approx(0.9)  # hits given up on purpose
    squares = gained(0.9, during={"train_accuracy": None}, facts={"loss": "mse_loss"})
    absolute = gained(0.9, during={"train_accuracy": None}, facts={"loss": "l1_loss"})
    assert reached(squares) == pytest.approx(0.9)
    assert reached(absolute) == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("losses", "falls"),
    [
        ([2.0, 1.0, 0.5], False),  # too short to say
        ([2.0, 1.9, 1.8, 1.7], True),
        ([2.0, 1.0, 1.0, 1.0, 1.0], False),
        ([2.0] * 10 + [1.0, 0.9, 1.1], True),
        ([2.0] * 10 + [1.0, 0.9, 2.1], False),
        ([2.0 - 0.001 * epoch for epoch in range(20)], False),
    ],
)
def test_still_falling_is_by_more_than_a_hundredth(losses: list[float], falls: bool) -> None:
    assert still_falling(watched(losses)) == falls


@pytest.mark.parametrize(
    ("first", "redrawn", "high"),
    [
        (1.0, 5.1, True),  # a lucky draw of weights that are too large
        (5.1, 4.9, False),  # an unlucky one
        (5.1, None, True),
        (4.9, None, False),
        (None, None, False),
    ],
)
def test_a_high_start_is_five_times_that_of_outputs_that_say_nothing(
    first: float | None, redrawn: float | None, high: bool
) -> None:
    losses = {"initial_loss": first, "redrawn_loss": redrawn}
    start = {name: None if loss is None else loss * BASELINE for name, loss in losses.items()}
    assert starts_high(watched([], start=start)) == high


@pytest.mark.parametrize(
    ("row", "at_once"),
    [
        ({"loss_first": None, "non_finite_step": 1.0}, True),
        ({"loss_first": None}, True),
        ({"loss_first": 2.3, "non_finite_step": 1.0}, False),  # the first update lost it
        ({"loss_first": None, "non_finite_step": 2.0}, False),
        ({"loss_first": 2.3}, False),
        ({}, False),
    ],
)
def test_a_loss_is_lost_at_once_where_no_update_can_be_blamed(
    row: dict[str, float | None], at_once: bool
) -> None:
    history = History(KNOWN)
    history.record(0, {"initial_loss": 2.4})
    history.record(1, row)
    assert lost_at_once(history) == at_once


def test_a_start_that_is_not_finite_is_lost_at_once() -> None:
    history = History(KNOWN)
    history.record(0, {"initial_loss": None})
    assert lost_at_once(history)
    assert not lost_at_once(History(KNOWN))


def test_the_newest_of_a_signal_by_layer() -> None:
    history = History(KNOWN)
    history.record(0, {"dead_units": {"a": 0.5, "b": None}})
    assert newest(history, "dead_units") == {"a": 0.5}
    history.record(2, {"dead_units": {"a": math.inf, "b": 0.25}})
    history.record(3, {"train_loss": 1.0})
    assert newest(history, "dead_units") == {"b": 0.25}
    assert by_layer(history, "dead_units") == {"a": 0.5}
    assert newest(history, "unheard_of") == {}


def test_what_was_measured_before_training() -> None:
    history = watched([1.0], start={"input_rms": 3.0, "output_rms": None})
    assert measured(history, "input_rms") == 3.0
    assert measured(history, "output_rms") is None
    assert measured(history, "dead_units") is None
    assert measured(History(), "input_rms") is None


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (gained(1.0), "no harm is seen from it"),
        (gained(0.0), "the loss is 2.30, no better than without the inputs (2.30)"),
        (gained(0.3), "it learned 30.0 % of what there is to learn"),
        (gained(0.6), "it learned 60.0 % of what there is to learn"),
        (ended(30.0), "the loss ran away"),
        (watched(LOST), "the loss is lost"),
    ],
)
def test_the_harm_in_words(history: History, words: str) -> None:
    assert said(history) == words


def test_the_numbers_behind_it() -> None:
    found = evidence(gained(0.3))
    assert found == {
        "train_loss": pytest.approx(0.7 * BASELINE),
        "baseline_loss": BASELINE,
        "gain": pytest.approx(0.3),
        "possible": COULD,
        "harm": "behind",
    }


def test_without_preflight_harm_is_told_by_the_classes_alone() -> None:
    assert harm(run([2.303] * 5)) is Harm.FAILED
    assert harm(run([0.1] * 5)) is None
    assert harm(run([40.0] * 5)) is Harm.BROKEN
    assert baseline(run([], facts=FACTS, initial=None)) == math.log(10)
    assert KNOWN.total_steps == STEPS * EPOCHS


def test_batches_that_are_said_to_be_empty_leave_no_baseline() -> None:
    empty = watched([1.0], facts={"samples": 1}, during={"batch_size": 0.0})
    assert baseline(empty) is None
    assert gain(empty) is None
