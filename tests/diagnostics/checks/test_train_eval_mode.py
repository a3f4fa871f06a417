from typing import Any

import pytest

from diagnostics import History, Severity, Verdict
from diagnostics.checks.train_eval_mode import TrainEvalMode
from tests.diagnostics.histories import EPOCHS, KNOWN, LEARNS, PLAIN, STANDS, watched

SHARE = TrainEvalMode().share


def judged(losses: list[float], share: Any = 1.0, **facts: Any) -> Verdict:
    return TrainEvalMode().judge(watched(losses, facts=facts, during={"evaluation_mode": share}))


@pytest.mark.parametrize("losses", [LEARNS, STANDS])
def test_batch_norm_in_evaluation_mode_has_gathered_nothing(losses: list[float]) -> None:
    assert judged(losses).severity is Severity.WARNING


@pytest.mark.parametrize(("losses", "severity"), [(LEARNS, "note"), (STANDS, "warning")])
def test_without_dropout_a_run_may_do_well(losses: list[float], severity: str) -> None:
    assert judged(losses, kinds=PLAIN, dropout=0.5).severity == severity


def test_where_no_layer_has_a_mode_it_does_not_matter() -> None:
    assert judged(STANDS, kinds=PLAIN).severity is Severity.PASS


def test_half_of_the_steps_of_the_newest_epoch() -> None:
    before = [1.0] * (EPOCHS - 1)
    assert judged(STANDS, [*before, SHARE]).severity is Severity.WARNING
    assert judged(STANDS, [*before, SHARE * 0.99]).severity is Severity.PASS


def test_skips_where_the_mode_was_not_seen() -> None:
    assert TrainEvalMode().judge(History(KNOWN)).severity is Severity.SKIPPED
