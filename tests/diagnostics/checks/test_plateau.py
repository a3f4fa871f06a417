from dataclasses import replace

import pytest

from diagnostics import Facts, History, Severity
from diagnostics.checks.plateau import Plateau
from diagnostics.progress import floor_loss
from tests.diagnostics.histories import FACTS, run

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
