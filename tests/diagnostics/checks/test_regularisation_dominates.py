from typing import Any

import pytest

from diagnostics import History, Severity, Verdict
from diagnostics.checks.regularisation_dominates import RegularisationDominates
from diagnostics.diagnosis import SURE
from tests.diagnostics.histories import BEHIND, EPOCHS, KNOWN, LAGS, LEARNS, LOST, STANDS, watched

SHRINKS = [5 * 0.5**epoch for epoch in range(EPOCHS)]
HEAVY = RegularisationDominates().heavy


def judged(losses: list[float], **settings: Any) -> Verdict:
    return RegularisationDominates().judge(watched(losses, **settings))


@pytest.mark.parametrize("losses", [STANDS, BEHIND])
def test_weights_that_shrink_while_nothing_is_learned(losses: list[float]) -> None:
    verdict = judged(losses, norm=SHRINKS)
    assert verdict.severity is Severity.WARNING
    assert verdict.remedy is not None
    assert verdict.remedy.patch == {"optimizer.weight_decay": 1e-5}


@pytest.mark.parametrize("losses", [LEARNS, LAGS])
def test_weights_may_shrink_while_the_loss_falls(losses: list[float]) -> None:
    assert judged(losses, norm=SHRINKS).severity is Severity.PASS


@pytest.mark.parametrize("decay", [0.0, None])
def test_without_weight_decay_something_else_shrinks_them(decay: float | None) -> None:
    assert judged(STANDS, norm=SHRINKS, facts={"weight_decay": decay}).severity is Severity.PASS


def test_weights_that_keep_their_size_are_not_outweighed() -> None:
    assert judged(STANDS).severity is Severity.PASS


@pytest.mark.parametrize(
    ("losses", "dropout", "severity"),
    [
        (STANDS, HEAVY, Severity.WARNING),
        (BEHIND, 0.9, Severity.WARNING),
        (STANDS, HEAVY - 0.01, Severity.PASS),
        (LEARNS, 0.9, Severity.PASS),
    ],
)
def test_heavy_dropout(losses: list[float], dropout: float, severity: Severity) -> None:
    verdict = judged(losses, facts={"dropout": dropout})
    assert verdict.severity is severity
    if severity is Severity.WARNING:
        assert verdict.causes["dropout_too_high"] > verdict.causes["over_regularization"]


def test_extreme_dropout_is_the_surest_cause_and_makes_losses_of_any_size() -> None:
    heavy, extreme = (
        judged([40.0] * EPOCHS, facts={"dropout": p}).causes["dropout_too_high"]
        for p in (HEAVY, RegularisationDominates().extreme)
    )
    assert heavy < SURE <= extreme
    assert judged(LOST, facts={"dropout": 0.9}).severity is Severity.PASS


def test_skips_where_no_weights_were_measured() -> None:
    assert RegularisationDominates().judge(History(KNOWN)).severity is Severity.SKIPPED
