from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.weights_collapse import WeightsCollapse
from tests.diagnostics.histories import EPOCHS, LEARNS, STANDS, watched


def judged(losses: list[float], left: float, **settings: Any) -> Verdict:
    """`fc1` goes down to that share of its first norm."""
    norms = [{"fc1": 5 * left ** (epoch / (EPOCHS - 1)), "fc2": 5.0} for epoch in range(EPOCHS)]
    return WeightsCollapse().judge(watched(losses, during={"weight_norm": norms}, **settings))


def test_a_layer_that_is_gone_is_a_warning_where_nothing_is_learned() -> None:
    assert judged(STANDS, 0.009).severity is Severity.WARNING
    assert judged(LEARNS, 0.009).severity is Severity.NOTE
    assert judged(LEARNS, 0.009).causes == {}
    assert judged(STANDS, 0.011).severity is Severity.PASS
    assert "`fc1` are down to 0.5 %" in judged(STANDS, 0.005).summary


@pytest.mark.parametrize(
    "settings", [{"facts": {"weight_decay": 0.0}}, {"facts": {"weight_decay": None}}]
)
def test_only_weight_decay_shrinks_weights(settings: dict[str, Any]) -> None:
    assert judged(STANDS, 1e-3, **settings).severity is Severity.PASS


def test_after_a_blow_up_decay_is_not_blamed() -> None:
    assert judged([60.0, *STANDS[1:]], 1e-3).severity is Severity.PASS
