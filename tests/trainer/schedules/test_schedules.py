"""What every schedule must do, the closed form of each, and torch's own where it has one."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from trainer import schedules
from trainer.menu import KINDS, part
from trainer.recipe import Recipe

NAMES = KINDS["schedule"].names()
FALLING = [name for name in NAMES if name != "one_cycle"]
SMOOTH = [name for name in NAMES if name not in ("step", "reduce_on_plateau")]
SHARES = st.floats(0.01, 0.99)


def made(name: str, **settings: Any) -> Any:
    return part(
        "schedule", Recipe.model_validate({"schedule": {"name": name, **settings}}).schedule
    )


def factors(schedule: Any, total: int) -> list[float]:
    """What the loop multiplies lr with, step by step."""
    return [schedules.factor(schedule, t, total) for t in range(total)]


def bare(schedule: Any, total: int) -> list[float]:
    """The same without warm-up."""
    return [schedule.at(t, total) for t in range(total)]


def torchs(make: Callable[[torch.optim.Optimizer], Any], steps: int) -> list[float]:
    """The lr of torch's scheduler at each step, for a base lr of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, found = make(optimizer), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("name", NAMES)
@given(total=st.integers(1, 3000), warmup=SHARES, t=st.integers(0, 2999))
def test_factors_are_shares_of_the_lr(name: str, total: int, warmup: float, t: int) -> None:
    assert 0.0 < schedules.factor(made(name, warmup=warmup), t % total, total) <= 1.0


@pytest.mark.parametrize("name", FALLING)
@pytest.mark.parametrize("total", [1, 2, 7, 1000])
def test_starts_at_the_lr_and_only_falls(name: str, total: int) -> None:
    found = bare(made(name), total)
    assert found[0] == 1.0
    assert found == sorted(found, reverse=True)
    assert found[-1] > 0.0


@pytest.mark.parametrize("name", SMOOTH)
def test_no_jumps(name: str) -> None:
    """A step more is never far, however long the training: 1,000 steps fall by 1."""
    found = factors(made(name, warmup=0.1), 1000)
    assert max(abs(b - a) for a, b in pairwise(found)) < 0.02


@pytest.mark.parametrize("name", FALLING)
@given(total=st.integers(2, 2000), warmup=st.floats(0.05, 0.9))
def test_warm_up_then_the_schedule_on_what_is_left(name: str, total: int, warmup: float) -> None:
    schedule = made(name, warmup=warmup)
    steps = min(round(warmup * total), total - 1)
    found = factors(schedule, total)
    assert found[:steps] == [(t + 1) / steps for t in range(steps)]
    assert found[steps:] == bare(schedule, total - steps)


def test_warm_up_is_torchs() -> None:
    ours = factors(made("constant", warmup=0.25), 40)
    theirs = torchs(lambda o: lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=9), 40)
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_warm_up_starts_where_one_cycle_does() -> None:
    found = factors(made("one_cycle", warmup=0.1), 100)
    assert found[:11] == pytest.approx([(t + 1) / 10 / 25 for t in range(10)] + [1 / 25])


@pytest.mark.parametrize("name", NAMES)
def test_a_warm_up_leaves_the_last_step_to_the_schedule(name: str) -> None:
    schedule = made(name, warmup=0.99)
    assert schedules.factor(schedule, 0, 1) == schedule.at(0, 1)
    assert schedules.factor(schedule, 1, 2) == schedule.at(0, 1)


def test_constant() -> None:
    assert set(bare(made("constant"), 10)) == {1.0}


@given(total=st.integers(1, 2000), t=st.integers(0, 1999))
def test_cosine(total: int, t: int) -> None:
    closed = math.cos(math.pi * (t % total) / (2 * total)) ** 2  # ½(1 + cos x) = cos²(x/2)
    assert made("cosine").at(t % total, total) == pytest.approx(closed, rel=1e-9, abs=1e-15)


def test_cosine_is_torchs() -> None:
    theirs = torchs(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=200), 200)
    assert bare(made("cosine"), 200) == pytest.approx(theirs, rel=1e-9)
    assert made("cosine").at(100, 200) == pytest.approx(0.5)


@given(final=st.floats(1e-6, 1.0), total=st.integers(1, 300))
def test_exponential_is_torchs(final: float, total: int) -> None:
    gamma = final ** (1 / total)
    theirs = torchs(lambda o: lr_scheduler.ExponentialLR(o, gamma=gamma), total)
    schedule = made("exponential", final=final)
    assert bare(schedule, total) == pytest.approx(theirs, rel=1e-9)
    assert schedule.at(total, total) == pytest.approx(final)


@given(final=st.floats(0.0, 1.0), total=st.integers(1, 300))
def test_linear_is_torchs(final: float, total: int) -> None:
    def twin(optimizer: torch.optim.Optimizer) -> lr_scheduler.LinearLR:
        return lr_scheduler.LinearLR(optimizer, 1.0, end_factor=final, total_iters=total)

    schedule = made("linear", final=final)
    assert bare(schedule, total) == pytest.approx(torchs(twin, total), rel=1e-9, abs=1e-12)
    assert schedule.at(total, total) == pytest.approx(final)


@pytest.mark.parametrize(("warmup", "total"), [(0.04, 100_000), (0.1, 1000), (0.5, 64)])
def test_inverse_sqrt_is_the_papers(warmup: float, total: int) -> None:
    """lr = d^−½ · min(s^−½, s · w^−1.5) (Vaswani et al. 2017, eq. 3), over its peak (d·w)^−½.

    The paper's step s is t + 1 in the warm-up and t after it: with us the peak lasts two steps.
    """
    schedule, width, w = made("inverse_sqrt", warmup=warmup), 512, warmup * total

    def paper(s: int) -> float:
        return float(width**-0.5 * min(s**-0.5, s * w**-1.5))

    for t in range(0, total, max(1, total // 500)):
        expected = paper(t + 1 if t < w else t) / paper(round(w))
        assert schedules.factor(schedule, t, total) == pytest.approx(expected, rel=1e-9)


def test_inverse_sqrt_warms_up_unasked_as_in_the_paper() -> None:
    found = factors(made("inverse_sqrt"), 1000)
    assert found[19] == 0.5
    assert found[39] == found[40] == 1.0
    assert found[160] == pytest.approx(0.5)  # 4 times as far: half of it


@pytest.mark.parametrize(("anneal", "theirs"), [("cosine", "cos"), ("linear", "linear")])
@given(total=st.integers(2, 300), peak=st.floats(0.05, 0.95))
def test_one_cycle_is_torchs(anneal: str, theirs: Any, total: int, peak: float) -> None:
    """torch's ends with the last step, ours with the step after: it has one step more."""

    def twin(optimizer: torch.optim.Optimizer) -> lr_scheduler.OneCycleLR:
        return lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=1.0,
            total_steps=total + 1,
            pct_start=(peak * total + 1) / (total + 1),
            anneal_strategy=theirs,
            cycle_momentum=False,
            div_factor=10.0,
            final_div_factor=20.0,  # of the first lr; ours is of the highest
        )

    schedule = made("one_cycle", anneal=anneal, peak=peak, start_divisor=10, end_divisor=200)
    assert bare(schedule, total) == pytest.approx(torchs(twin, total), rel=1e-9, abs=1e-12)


def test_one_cycle_goes_up_and_down() -> None:
    found = bare(made("one_cycle"), 1000)
    assert found[0] == pytest.approx(1 / 25)
    assert found[300] == 1.0
    assert found[:301] == sorted(found[:301])
    assert found[300:] == sorted(found[300:], reverse=True)
    assert made("one_cycle").at(1000, 1000) == pytest.approx(1e-4)


def test_step() -> None:
    assert bare(made("step"), 10) == pytest.approx([1] * 3 + [0.1] * 3 + [0.01] * 3 + [0.001])


@pytest.mark.parametrize("total", [10, 20, 50, 100, 460, 1000])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.55, 0.7, 0.9])
def test_a_step_comes_at_its_share_despite_rounding(share: float, total: int) -> None:
    """0.55 * 20 is 11.000000000000002, but the drop belongs to step 11."""
    schedule = made("step", at=[share], factor=0.5)
    milestone = math.ceil(round(share * total, 6))
    dropped = [t for t in range(total) if schedule.at(t, total) == 0.5]
    assert dropped == list(range(milestone, total))


def test_milestones_need_no_order_and_can_coincide() -> None:
    schedule = made("step", at=[0.8, 0.5, 0.5], factor=0.5)
    assert [schedule.at(t, 10) for t in (4, 5, 8)] == [1.0, 0.25, 0.125]


LOSSES = st.lists(st.floats(0.0, 10.0) | st.sampled_from([math.nan, math.inf]), max_size=60)
PLATEAU = {"factor": 0.5, "patience": 2, "min_delta": 0.1}


@given(losses=LOSSES, patience=st.integers(0, 4), min_delta=st.sampled_from([0.0, 0.1, 1.0]))
def test_reduce_on_plateau_is_torchs(losses: list[float], patience: int, min_delta: float) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    theirs = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience, threshold=min_delta, threshold_mode="abs", eps=0
    )
    ours = made("reduce_on_plateau", factor=0.5, patience=patience, min_delta=min_delta)
    for loss in losses:
        theirs.step(loss)
        schedules.see(ours, loss)
        assert ours.at(0, 1) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)


@given(losses=LOSSES, more=LOSSES)
def test_a_plateau_is_remembered_by_its_state(losses: list[float], more: list[float]) -> None:
    first, second = made("reduce_on_plateau", **PLATEAU), made("reduce_on_plateau", **PLATEAU)
    for loss in losses:
        schedules.see(first, loss)
    state = schedules.state(first)
    assert all(value is None or math.isfinite(value) for value in state.values())
    schedules.restore(second, {key: v if v is None else float(v) for key, v in state.items()})
    for loss in more:
        for schedule in (first, second):
            schedules.see(schedule, loss)
        assert first.at(0, 1) == second.at(0, 1)


def test_a_plateau_scales_the_warm_up_too() -> None:
    schedule = made("reduce_on_plateau", warmup=0.5, factor=0.5, patience=0)
    schedules.see(schedule, 1.0)
    assert factors(schedule, 4) == [0.5, 1.0, 1.0, 1.0]
    schedules.see(schedule, 1.0)
    assert factors(schedule, 4) == [0.25, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "reduce_on_plateau"])
def test_all_others_follow_from_the_step_alone(name: str) -> None:
    schedule = made(name)
    before = factors(schedule, 50)
    for _ in range(50):
        schedules.see(schedule, 1.0)
    schedules.restore(schedule, {})
    assert schedules.state(schedule) == {}
    assert factors(schedule, 50) == before


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_may_differ_in_a_stack(name: str) -> None:
    settings = made(name).settings
    assert settings.per_trial == set(type(settings).model_fields) - {"name"}
