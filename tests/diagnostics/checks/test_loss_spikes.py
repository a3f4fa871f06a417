import random

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.loss_spikes import LossSpikes
from tests.diagnostics.histories import BASELINE, EPOCHS, LEARNS, watched


def judged(peaks: dict[int, float], noise: float = 0.0) -> Verdict:
    """`peaks`: epoch → the largest loss of a step, where it is not about 1."""
    dice = random.Random(0)
    usual = [1 + noise * dice.gauss(0, 1) for _ in range(EPOCHS)]
    during = {"loss_max": [peaks.get(i, each) for i, each in enumerate(usual, start=1)]}
    return LossSpikes().judge(watched(LEARNS, during=during))


def test_names_the_epochs_and_the_height() -> None:
    assert judged({9: 30.0}).summary == "The loss of a step jumps to 30.0 in epoch 9."
    several = judged({7: 9.0, 12: 30.0, 15: 8.0, 18: 8.0})
    assert several.summary == "The loss of a step jumps to 30.0 in epochs 7, 12, 15 …."
    assert several.evidence["spikes"] == {"7": 9.0, "12": 30.0, "15": 8.0, "18": 8.0}


@pytest.mark.parametrize(
    ("height", "severity"), [(0.51, Severity.NOTE), (0.49, Severity.PASS), (-0.9, Severity.PASS)]
)
def test_a_jump_is_half_of_the_baseline(height: float, severity: Severity) -> None:
    assert judged({9: 1 + height * BASELINE}).severity is severity


def test_a_noisy_loss_may_jump_further() -> None:
    assert judged({9: 4.0}, noise=0.5).severity is Severity.PASS
    assert judged({9: 40.0}, noise=0.5).severity is Severity.NOTE


def test_the_first_epochs_tell_what_is_usual() -> None:
    assert judged({3: 30.0}).severity is Severity.PASS
