from dataclasses import replace
from typing import Any

import pytest

from diagnostics import Facts, History, Severity, Verdict
from diagnostics.checks.diverging import Diverging
from tests.diagnostics.histories import FACTS, run

LR_1000 = replace(FACTS, lr=1000.0)


def judged(losses: list[float], **settings: Any) -> Verdict:
    return Diverging().judge(run(losses, **settings))


@pytest.mark.parametrize(
    "losses",
    [
        [1e6],  # beyond hope at once
        [1e6, 8e5, 6e5],  # huge, finite, slowly falling
        [9.0, 9.0],  # every unit dead, far above log 10
        [2.0, 1.0, 8.0, 30.0],  # learned, then ran away
    ],
)
def test_a_lost_run_is_fatal_and_names_the_lr(losses: list[float]) -> None:
    verdict = judged(losses, facts=LR_1000, ratio=5.0)
    assert verdict.severity is Severity.FATAL
    assert "lr 1000" in verdict.summary
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {"optimizer.lr": 0.1}


@pytest.mark.parametrize(
    "losses",
    [
        [3.2, 3.1],  # worse than knowing nothing
        [2.0, 0.5, 1.6, 1.7],  # lost what it had learned
        [30.0, 12.0],  # bad, but it halves
    ],
)
def test_a_bad_but_recoverable_rise_is_a_warning(losses: list[float]) -> None:
    assert judged(losses).severity is Severity.WARNING


@pytest.mark.parametrize("losses", [[30.0], [2.0, 0.5, 1.6]])
def test_one_epoch_alone_is_a_note(losses: list[float]) -> None:
    assert judged(losses).severity is Severity.NOTE


@pytest.mark.parametrize(
    "losses",
    [
        [30.0, 2.0, 0.9],  # a spike in the first epoch
        [2.0, 1.2, 1.3, 1.1, 1.25],  # noise
        [0.01, 0.001, 0.02, 0.03],  # large in proportion, nothing in nat
    ],
)
def test_silent_on_what_healthy_runs_do(losses: list[float]) -> None:
    assert judged(losses).severity is Severity.PASS


def test_overfitting_is_not_divergence() -> None:
    falling = [2.0 * 0.6**epoch for epoch in range(12)]
    rising = [2.0 + 0.9 * epoch for epoch in range(12)]
    assert judged(falling, val=rising).severity is Severity.PASS


def test_a_burst_within_an_epoch_is_not_divergence() -> None:
    assert judged([500.0], val=[2.0]).severity is Severity.PASS


def test_a_usual_pace_points_elsewhere_too() -> None:
    verdict = judged([9.0, 9.5], ratio=1e-3)
    assert verdict.remedy is not None
    assert "zero_grad()" in verdict.remedy.text


@pytest.mark.parametrize(
    ("optimizer", "lr", "lower"),
    [("sgd", 1e30, 0.1), ("adamw", 1e30, 1e-3), ("sgd", 10.0, 0.1), ("sgd", 2.0, 0.2)],
)
def test_suggests_an_lr_that_can_train(optimizer: str, lr: float, lower: float) -> None:
    facts = replace(FACTS, optimizer=optimizer, lr=lr)
    remedy = judged([1e6], facts=facts, ratio=1e-3).remedy
    assert remedy is not None
    assert remedy.patch == {"optimizer.lr": lower}
    assert ("zero_grad()" in remedy.text) == (lr < 10.0)  # a huge lr explains it alone


def test_a_loss_without_classes_is_compared_with_its_start() -> None:
    facts = Facts(loss="mse_loss", lr=0.1)
    verdict = judged([400.0, 300.0], facts=facts, initial=5.0)
    assert verdict.severity is Severity.FATAL
    assert "the untrained model has 5.00" in verdict.summary


def test_without_an_lr_the_remedy_is_in_words() -> None:
    verdict = judged([9.0, 9.5], facts=replace(FACTS, lr=None), lr=[float("nan")] * 2)
    assert verdict.remedy is not None
    assert verdict.remedy.text.startswith("Divide the learning rate by ten")
    assert verdict.remedy.patch == {}


def test_skips_where_nothing_says_where_the_loss_began() -> None:
    history = History(Facts())
    history.record(1, {"train_loss": 2.3})
    assert Diverging().judge(history).severity is Severity.SKIPPED
