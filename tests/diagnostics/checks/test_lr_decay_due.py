from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.lr_decay_due import LrDecayDue
from tests.diagnostics.histories import EPOCHS, STIRRED, watched


def judged(losses: list[float] = STIRRED, **settings: Any) -> Verdict:
    return LrDecayDue().judge(watched(losses, **settings))


def test_says_since_when_and_between_what_it_goes() -> None:
    found = judged()
    assert found.severity is Severity.NOTE
    assert found.summary == (
        "lr 0.1 is due to fall: since epoch 16 the training loss goes up and down between 0.950 "
        "and 1.05 while the weights still move."
    )
    assert found.remedy is not None
    assert found.remedy.patch == {"schedule": {"name": "cosine"}}


def test_another_schedule_is_not_replaced() -> None:
    found = judged(facts={"schedule": "step"})
    assert found.remedy is not None
    assert found.remedy.patch == {}


@pytest.mark.parametrize(
    "settings",
    [
        {"ratio": 1e-6},  # nothing moves
        {"lr": [0.1] * 15 + [0.01] * 5},  # it has fallen already
        {"lr": [0.1 * 0.98**epoch for epoch in range(EPOCHS)]},  # it falls
    ],
)
def test_a_loss_that_stands_for_another_reason_is_left_alone(settings: dict[str, object]) -> None:
    assert judged(**settings).severity is Severity.PASS


@pytest.mark.parametrize(
    "losses",
    [
        [2.0 - 0.05 * epoch for epoch in range(EPOCHS)],  # falls
        [1.0] * EPOCHS,  # stands
        [2.0 - 0.05 * epoch + 0.06 * (epoch % 2) for epoch in range(EPOCHS)],  # falls in steps
        [0.1 * loss for loss in STIRRED],  # is nearly done
    ],
)
def test_a_loss_that_still_falls_or_is_done_is_left_alone(losses: list[float]) -> None:
    assert judged(losses).severity is Severity.PASS
