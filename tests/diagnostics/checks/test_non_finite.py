import math
from dataclasses import replace

from diagnostics import Facts, History, Severity
from diagnostics.checks.non_finite import NonFinite
from tests.diagnostics.histories import FACTS, run


def test_names_epoch_step_and_lr() -> None:
    history = run([2.0, math.nan])
    history.record(2, {"non_finite_step": 7.0})
    verdict = NonFinite().judge(history)
    assert verdict.severity is Severity.FATAL
    assert verdict.summary == (
        "Loss or weights are not finite from step 7 of epoch 2 on, with lr 0.1."
    )
    assert verdict.evidence["last_finite_loss"] == 2.0
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {"optimizer.lr": 0.01}


def test_broken_weights_are_fatal_though_the_loss_is_fine() -> None:
    history = run([2.0])
    history.record(1, {"non_finite_step": 20.0})
    assert NonFinite().judge(history).severity is Severity.FATAL


def test_does_not_blame_lr_before_any_update() -> None:
    history = run([math.nan], initial=math.nan)
    verdict = NonFinite().judge(history)
    assert verdict.severity is Severity.FATAL
    assert "before any update" in verdict.summary
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {}


def test_a_validation_loss_alone_is_a_warning() -> None:
    verdict = NonFinite().judge(run([2.0, 1.0], val=[2.0, math.inf]))
    assert verdict.severity is Severity.WARNING
    assert "since epoch 2" in verdict.summary


def test_a_tenth_of_a_huge_lr_is_no_suggestion() -> None:
    remedy = NonFinite().judge(run([math.nan], facts=replace(FACTS, lr=1e30))).remedy
    assert remedy is not None
    assert remedy.patch == {"optimizer.lr": 0.1}


def test_without_an_lr_the_remedy_is_in_words() -> None:
    history = History(Facts())
    history.record(2, {"train_loss": None})
    verdict = NonFinite().judge(history)
    assert "in epoch 2" not in verdict.summary
    assert "epoch 2" in verdict.summary
    assert verdict.remedy is not None
    assert verdict.remedy.text == "Divide the learning rate by 10."


def test_skips_epochs_without_a_training_loss() -> None:
    history = History(Facts())
    history.record(1, {"lr": 0.1})
    assert NonFinite().judge(history).severity is Severity.SKIPPED
