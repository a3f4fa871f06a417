"""What every schedule must do, and the closed form of each."""

import math

import pytest

from trainer.menu import KINDS
from trainer.recipe.schedules import Constant as ConstantSettings
from trainer.recipe.schedules import Cosine as CosineSettings
from trainer.recipe.schedules import Step as StepSettings
from trainer.schedules.constant import Constant
from trainer.schedules.cosine import Cosine
from trainer.schedules.step import Step

PARTS = {
    "constant": Constant(ConstantSettings()),
    "cosine": Cosine(CosineSettings()),
    "step": Step(StepSettings()),
}


def test_every_schedule_is_tested() -> None:
    assert set(PARTS) == set(KINDS["schedule"].names())


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("total", [1, 2, 7, 1000])
def test_starts_at_the_lr_and_only_falls(name: str, total: int) -> None:
    factors = [PARTS[name].at(t, total) for t in range(total)]
    assert factors[0] == 1.0
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] > 0.0


def test_constant() -> None:
    assert {PARTS["constant"].at(t, 10) for t in range(10)} == {1.0}


def test_cosine() -> None:
    for t in range(200):
        closed = math.cos(math.pi * t / 400) ** 2  # ½(1 + cos x) = cos²(x/2)
        assert PARTS["cosine"].at(t, 200) == pytest.approx(closed, rel=1e-12)
    assert PARTS["cosine"].at(100, 200) == pytest.approx(0.5)


def test_step() -> None:
    factors = [PARTS["step"].at(t, 10) for t in range(10)]
    assert factors == pytest.approx([1] * 3 + [0.1] * 3 + [0.01] * 3 + [0.001])


@pytest.mark.parametrize("total", [10, 20, 50, 100, 460, 1000])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.55, 0.7, 0.9])
def test_a_step_comes_at_its_share_despite_rounding(share: float, total: int) -> None:
    """0.55 * 20 is 11.000000000000002, but the drop belongs to step 11."""
    schedule = Step(StepSettings(at=[share], factor=0.5))
    milestone = math.ceil(round(share * total, 6))
    dropped = [t for t in range(total) if schedule.at(t, total) == 0.5]
    assert dropped == list(range(milestone, total))


def test_milestones_need_no_order_and_can_coincide() -> None:
    schedule = Step(StepSettings(at=[0.8, 0.5, 0.5], factor=0.5))
    assert [schedule.at(t, 10) for t in (4, 5, 8)] == [1.0, 0.25, 0.125]
