import math
from dataclasses import replace

import pytest

from diagnostics import History, Severity, Verdict
from diagnostics.checks.overfit_subset import OverfitSubset
from diagnostics.history import finite
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


def test_skips_a_start_that_is_no_positive_number() -> None:
    assert judged([math.nan, 1.0]).severity is Severity.SKIPPED
    assert judged([0.0, 1.0]).severity is Severity.SKIPPED
