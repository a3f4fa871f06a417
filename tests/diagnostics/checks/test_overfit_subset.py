import functools
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from diagnostics import History, Severity, Verdict
from diagnostics.checks.overfit_subset import OverfitSubset
from diagnostics.history import finite
from diagnostics.probes.overfit import overfit
from tests.diagnostics.digits import digits, mlp
from tests.diagnostics.histories import FACTS


def judged(losses: list[float], accuracy: float | None = None) -> Verdict:
    history = History(FACTS)
    history.record(0, {"subset_loss": [finite(loss) for loss in losses]})
    if accuracy is not None:
        history.record(0, {"subset_accuracy": [0.1, accuracy]})
    return OverfitSubset().judge(history)


@pytest.mark.parametrize(
    ("losses", "accuracy", "severity", "words"),
    [
        ([2.3, 1.0, 0.1], 1.0, Severity.PASS, "learned by heart"),
        ([2.3, 1.0, 0.1], None, Severity.PASS, "learned by heart"),
        ([2.3, 2.3, 2.29], 0.1, Severity.WARNING, "does not go down"),
        ([2.3, 9.0, 40.0], 0.1, Severity.WARNING, "grows"),
        ([2.3, 9.0, math.nan], 0.1, Severity.WARNING, "not finite after 2 passes"),
        ([2.3, 2.0, 1.5, 1.2], 0.6, Severity.NOTE, "not yet learned"),
        ([2.3, *[1.2] * 9], 0.5, Severity.WARNING, "the loss stops"),
        ([2.3, *[0.1] * 9], 0.9, Severity.WARNING, "accuracy 90.0 %"),
    ],
)
def test_says_where_the_loss_went(
    losses: list[float], accuracy: float | None, severity: Severity, words: str
) -> None:
    verdict = judged(losses, accuracy)
    assert verdict.severity is severity
    assert words in verdict.summary


def test_names_the_optimizer_and_the_lr_it_used() -> None:
    verdict = judged([2.3, 2.3])
    assert "with adam at lr 0.003" in verdict.summary
    assert verdict.evidence["optimizer"] == "adam"
    assert verdict.evidence["lr"] == 0.003


def test_says_nothing_of_an_lr_it_does_not_know() -> None:
    history = History(replace(FACTS, subset_lr=None))
    history.record(0, {"subset_loss": [2.3, 2.3]})
    assert OverfitSubset().judge(history).summary.endswith("to 2.30 in 1 pass.")


def advised(losses: list[float], **facts: Any) -> str:
    history = History(replace(FACTS, **facts))
    history.record(0, {"subset_loss": [*losses]})
    remedy = OverfitSubset().judge(history).remedy
    assert remedy is not None
    assert remedy.patch == {}
    return remedy.text


@pytest.mark.parametrize(
    ("losses", "advice"),
    [
        ([2.3, 2.299, 2.298, 2.297], "too low: try × 10"),
        ([2.3, 90.0, 2.4, 2.3], "too high: try ÷ 10"),  # thrown off, then dead
        ([2.3, 2.8, 2.2, 2.7, 2.25], "too high: try ÷ 10"),  # up and down
        ([2.3, 9.0, *[1.5] * 8], "too high: try ÷ 10"),
        ([2.3, 9.0, 2.0, 1.5, 1.2], "or a lower lr"),
        ([2.3, *[2.29] * 8], "another lr, lower or higher"),  # stopped at once: dead units
        ([2.3, 2.3, 2.3], "another lr, lower or higher"),
    ],
)
def test_the_course_says_on_which_side_lr_is(losses: list[float], advice: str) -> None:
    assert advice in advised(losses)


def test_instead_of_a_huge_lr_a_usual_one() -> None:
    assert "try 0.001" in advised([2.3, 900.0], subset_lr=10.0, subset_optimizer="adamw")
    assert "try 0.1" in advised([2.3, 900.0], subset_lr=1000.0, subset_optimizer="sgd")


def test_label_smoothing_leaves_a_floor() -> None:
    history = History(replace(FACTS, label_smoothing=0.1))
    history.record(0, {"subset_loss": [2.4, 1.0, 0.51], "subset_accuracy": [0.1, 1.0]})
    verdict = OverfitSubset().judge(history)
    assert verdict.severity is Severity.PASS
    assert verdict.evidence["smallest_possible"] == pytest.approx(0.5003, abs=1e-4)
    history.record(0, {"subset_loss": [0.5, 0.5]})
    assert OverfitSubset().judge(history).severity is Severity.SKIPPED


@pytest.mark.parametrize("smoothing", [0.1, 0.5])
def test_a_healthy_model_with_smoothed_labels_passes(smoothing: float) -> None:
    inputs, targets = (torch.split(part[:64], 16) for part in digits())
    batches = list(zip(inputs, targets, strict=True))
    signals = overfit(
        mlp(),
        nn.CrossEntropyLoss(label_smoothing=smoothing),
        batches,
        optimizer=functools.partial(torch.optim.Adam, lr=3e-3),
        passes=100,
    )
    history = History(replace(FACTS, label_smoothing=smoothing))
    history.record(0, signals)
    assert OverfitSubset().judge(history).severity is Severity.PASS


def test_skips_a_start_that_is_no_positive_number() -> None:
    assert judged([math.nan, 1.0]).severity is Severity.SKIPPED
    assert judged([0.0, 1.0]).severity is Severity.SKIPPED
