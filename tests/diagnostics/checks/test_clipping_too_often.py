from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.clipping_too_often import ClippingTooOften
from tests.diagnostics.histories import LEARNS, STANDS, watched

CHECK = ClippingTooOften()


def judged(losses: list[float], **settings: Any) -> Verdict:
    return CHECK.judge(watched(losses, **settings))


def by_norm(norm: float, clip_norm: float | None = 1.0) -> Verdict:
    """As our trainer records a run: the norms are there, and nobody counts."""
    during = {"clipped_steps": None, "gradient_norm": {"fc1": 0.6 * norm, "fc2": 0.8 * norm}}
    return judged(LEARNS, facts={"clip_norm": clip_norm}, during=during)


@pytest.mark.parametrize(
    ("share", "severity"), [(CHECK.often, Severity.NOTE), (CHECK.often - 0.01, Severity.PASS)]
)
def test_nearly_every_step_is_too_often(share: float, severity: Severity) -> None:
    assert judged(LEARNS, during={"clipped_steps": share}).severity is severity


def test_harm_makes_it_a_warning_and_a_starved_run_a_low_lr() -> None:
    always = {"clipped_steps": 1.0}
    assert judged(LEARNS, during=always).causes == {}
    starved = judged(STANDS, during=always, ratio=1e-5)
    assert starved.severity is Severity.WARNING
    assert starved.causes == {"lr_too_low": 0.5}
    assert judged(STANDS, during=always, ratio=1e-2).causes == {"exploding_gradient": 0.3}


def test_gradients_as_long_as_the_clip_norm_were_clipped() -> None:
    assert by_norm(1.0).severity is Severity.NOTE
    assert by_norm(0.96).evidence["clipped_steps"] == 1.0
    assert by_norm(0.9).severity is Severity.PASS
    assert by_norm(1.0, clip_norm=None).severity is Severity.SKIPPED


def test_suggests_a_clip_norm_where_it_knows_one() -> None:
    known, unknown = by_norm(1.0).remedy, judged(LEARNS, during={"clipped_steps": 1.0}).remedy
    assert known is not None
    assert known.patch == {"optimizer.clip_norm": 10.0}
    assert unknown is not None
    assert unknown.patch == {}
