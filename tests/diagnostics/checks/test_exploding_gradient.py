import math
from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.exploding_gradient import ExplodingGradient
from tests.diagnostics.histories import EPOCHS, LEARNS, STANDS, watched

BEGAN = math.hypot(0.4, 0.5)  # as preflight measured it


def judged(losses: list[float], times: float, **settings: Any) -> Verdict:
    """The last gradient of `fc1` is so many times that of both layers before training."""
    now = math.sqrt(max((times * BEGAN) ** 2 - 0.25, 0.0))
    norms = [{"fc1": 0.4, "fc2": 0.5}] * (EPOCHS - 1) + [{"fc1": now, "fc2": 0.5}]
    during = {"gradient_norm": norms}
    return ExplodingGradient().judge(watched(losses, during=during, **settings))


@pytest.mark.parametrize(
    ("losses", "times", "severity"),
    [
        (STANDS, 101.0, Severity.WARNING),
        (LEARNS, 101.0, Severity.NOTE),
        (STANDS, 99.0, Severity.PASS),
        (STANDS, 1.0, Severity.PASS),
    ],
)
def test_a_hundredfold_is_an_explosion_where_it_does_harm(
    losses: list[float], times: float, severity: Severity
) -> None:
    assert judged(losses, times).severity is severity


def test_only_harm_speaks_for_the_cause() -> None:
    assert judged(LEARNS, 200.0).causes == {}
    assert set(judged(STANDS, 200.0).causes) == {"exploding_gradient"}
    assert "200 times, most of all in `fc1`" in judged(STANDS, 200.0).summary


def test_a_gradient_that_is_lost_is_not_judged() -> None:
    assert judged(STANDS, math.inf).severity is Severity.SKIPPED
    nothing = {"gradient_norm": {"fc1": 0.0, "fc2": 0.0}}
    assert judged(STANDS, 200.0, start=nothing).severity is Severity.SKIPPED
