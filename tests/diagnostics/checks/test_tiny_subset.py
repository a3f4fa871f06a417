from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.tiny_subset import TinySubset
from tests.diagnostics.histories import LEARNS, NOT_LEARNED, STANDS, creeping, thrown_about, watched


def judged(losses: list[float], **start: Any) -> Verdict:
    return TinySubset().judge(watched(losses, start=start))


OWN_FAILS = {"tiny_own_loss": [2.4, 2.3, 2.25], "tiny_own_accuracy": 0.2}


@pytest.mark.parametrize(
    ("losses", "severity"), [([], "warning"), (LEARNS, "note"), (STANDS, "warning")]
)
def test_what_the_reference_cannot_learn_is_a_bug_in_what_they_share(
    losses: list[float], severity: str
) -> None:
    verdict = judged(losses, **NOT_LEARNED)
    assert verdict.severity == severity
    assert set(verdict.causes) == {"cannot_overfit_tiny_subset"}
    assert "The reference leaves 99.9 % of the loss on 20 rows" in verdict.summary


def test_a_reference_that_was_on_its_way_is_a_note_before_training() -> None:
    halfway = {"tiny_reference_loss": [2.4, 1.2], "tiny_reference_accuracy": 0.6}
    assert judged([], **halfway).severity is Severity.NOTE


@pytest.mark.parametrize(
    ("losses", "severity"), [([], "note"), (LEARNS, "note"), (STANDS, "warning")]
)
def test_many_healthy_optimizers_need_more_steps(losses: list[float], severity: str) -> None:
    verdict = judged(losses, **OWN_FAILS)
    assert verdict.severity == severity
    assert "A reference learns 20 rows by heart" in verdict.summary
    assert verdict.causes == {}


def test_the_short_courses_tell_too_low_from_too_high() -> None:
    low, high = TinySubset().judge(creeping()), TinySubset().judge(thrown_about())
    assert (set(low.causes), set(high.causes)) == ({"lr_too_low"}, {"lr_too_high"})
    assert low.remedy is not None
    assert high.remedy is not None
    assert (low.remedy.patch, high.remedy.patch) == (
        {"optimizer.lr": 1.0},
        {"optimizer.lr": 0.01},
    )


def test_both_learn_by_heart() -> None:
    verdict = judged(STANDS)
    assert verdict.severity is Severity.PASS
    assert verdict.evidence["own"]["passed"]
    assert verdict.evidence["reference"]["losses"] == [2.4, 1.0, 0.1, 0.01]


def test_without_an_optimizer_the_reference_alone_is_judged() -> None:
    assert judged([], tiny_own_loss=None).severity is Severity.PASS
    assert judged([], **NOT_LEARNED | {"tiny_own_loss": None}).severity is Severity.WARNING


@pytest.mark.parametrize("missing", ["tiny_reference_loss", "tiny_baseline"])
def test_skips_what_was_not_recorded(missing: str) -> None:
    assert judged(STANDS, **{missing: None}).severity is Severity.SKIPPED
