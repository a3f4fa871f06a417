"""Fit and choice on made-up timings."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trainer.stack.plans import (
    NEAR,
    PLAIN,
    WORTH,
    Line,
    Measured,
    Plan,
    Timing,
    choose,
    fit,
    planned,
    wider,
)

A_HAIR = 1e-9
WIDTHS = (1, 4, 16, 64)
SECONDS = st.floats(1e-5, 1.0)
LINES = st.builds(Line, st.floats(0.0, 1.0), st.floats(1e-6, 1.0))
ENGINES = st.dictionaries(st.sampled_from(["lowered", "vmap"]), LINES, min_size=1)


def rows(engine: str, line: Line, widths: tuple[int, ...] = WIDTHS) -> list[Timing]:
    return [Timing(engine, width, line.seconds(width)) for width in widths]


def table(plain: float, lines: dict[str, Line]) -> tuple[Timing, ...]:
    stacks = [row for engine, line in lines.items() for row in rows(engine, line)]
    return (Timing(PLAIN, 1, plain), *stacks)


STEEP = {"lowered": Line(1e-3, 1e-5)}
GAINS = Measured(table(1e-3, STEEP), {"lowered": 1000})


@given(LINES, st.lists(st.integers(1, 1000), min_size=2, max_size=8, unique=True))
def test_the_line_behind_timings_is_found(line: Line, widths: list[int]) -> None:
    found = fit(rows("lowered", line, tuple(widths)))
    assert found.a == pytest.approx(line.a, abs=1e-6 * line.seconds(1))
    assert found.b == pytest.approx(line.b, abs=1e-6 * line.seconds(1))


@given(st.dictionaries(st.integers(1, 1000), SECONDS, min_size=2, max_size=8))
def test_no_part_of_a_line_is_below_zero(timings: dict[int, float]) -> None:
    line = fit([Timing("lowered", width, seconds) for width, seconds in timings.items()])
    assert min(line) >= 0
    assert max(line) > 0


@given(SECONDS, ENGINES, st.dictionaries(st.sampled_from(["lowered", "vmap"]), st.integers(0, 99)))
@example(1.0, {"lowered": Line(0.0, 0.98)}, {"lowered": 64})
@example(1.0, {"lowered": Line(1.0, 0.95)}, {"lowered": 64})
@example(9.0, {"vmap": Line(0.5, 1.05), "lowered": Line(1.0, 1.0)}, {"vmap": 64, "lowered": 64})
def test_the_narrowest_stack_that_is_nearly_the_fastest_is_chosen(
    plain: float, lines: dict[str, Line], widest: dict[str, int]
) -> None:
    rates = {
        (engine, width): line.rate(width)
        for engine, line in lines.items()
        for width in range(2, min(64, widest.get(engine, 0)) + 1)
    }
    best, alone = max(rates.values(), default=0.0), 1 / plain
    chosen = choose(table(plain, lines), widest)
    if chosen.engine == PLAIN:
        assert best <= WORTH * alone * (1 + A_HAIR)
        return
    enough = max(NEAR * best, WORTH * alone)
    assert chosen.rate == pytest.approx(rates[chosen.engine, chosen.width])
    assert chosen.rate >= enough * (1 - A_HAIR)
    assert rates.get((chosen.engine, chosen.width - 1), 0.0) <= enough * (1 + A_HAIR)
    own = [rate for (engine, _), rate in rates.items() if engine == chosen.engine]
    assert max(own) >= best * (1 - A_HAIR)


def test_where_stacks_lose_trials_are_trained_one_by_one() -> None:
    plan = planned(Measured(table(1.0, {"vmap": Line(3.0, 1.25)})), 64, 1e9)
    assert (plan.engine, plan.width) == (PLAIN, 1)
    assert plan.reason == "one by one: a stack of 64 is 0.77 times as fast"
    assert plan.times_faster == 1.0


def test_a_measured_width_counts_more_than_the_line() -> None:
    """Beyond 16 trials the caches are full."""
    slow = (*rows("lowered", Line(1.0, 0.01), (1, 4, 16)), Timing("lowered", 64, 60.0))
    chosen = choose((Timing(PLAIN, 1, 1.0), *slow), {"lowered": 64})
    assert 8 <= chosen.width <= 16


@given(ENGINES, st.integers(1, 10**9), st.integers(0, 10**11), st.integers(1, 100))
def test_no_more_trials_than_memory_and_leave_allow(
    lines: dict[str, Line], size: int, memory: int, most: int
) -> None:
    sizes = dict.fromkeys(lines, size)
    plan = planned(Measured(table(10.0, lines), sizes), most, memory)
    assert plan.width <= most
    assert plan.width == 1 or plan.width * size <= memory


def test_the_reason_says_what_was_gained() -> None:
    plan = planned(GAINS, 64, 1e9)
    assert plan.engine == "lowered"
    assert (
        plan.reason
        == f"up to {plan.width} trials stacked: 35 times faster than one by one, measured"
    )
    assert plan.times_faster == pytest.approx(STEEP["lowered"].rate(plan.width) * 1e-3)
    assert plan.fit["lowered"] == pytest.approx(STEEP["lowered"])
    assert plan.bytes_per_trial == 1000


def test_after_memory_ran_out_less_is_planned() -> None:
    assert planned(GAINS.narrowed(8), 64, 1e9).reason.endswith("measured; more ran out of memory")
    assert planned(GAINS.narrowed(8).narrowed(30), 64, 1e9).width == 8
    last = planned(GAINS.narrowed(8).narrowed(0), 64, 1e9)
    assert (last.engine, last.width) == (PLAIN, 1)
    assert last.reason == "one by one: a stack ran out of memory"


def test_without_memory_for_two_there_is_no_stack() -> None:
    assert planned(GAINS, 64, 1999).engine == PLAIN
    assert planned(GAINS, 64, 2000).width == 2
    assert planned(GAINS, 1, 1e9).engine == PLAIN


def test_what_refuses_to_be_stacked_is_told() -> None:
    plan = planned(Measured(refusal="loss: it picks"), 64, 1e9)
    assert plan == Plan.one_by_one("loss: it picks")
    assert plan.times_faster is None


@pytest.mark.parametrize("plan", [Plan.one_by_one("why"), planned(GAINS, 64, 1e9)])
def test_a_plan_goes_through_json(plan: Plan) -> None:
    told = json.loads(json.dumps(plan.to_dict()))
    assert Plan.from_dict(told) == plan
    assert told["fit"] == {e: {"a": line.a, "b": line.b} for e, line in plan.fit.items()}
    with pytest.raises(ValueError, match="width"):
        Plan.from_dict({**told, "width": "wide"})


def widened(line: Line, most: int = 64, to_beat: float = 0.0, affordable: float = 1e9) -> list[int]:
    """The widths that are measured where times lie on the line."""
    found: list[Timing] = []
    width: int | None = 1
    while width is not None:
        found.append(Timing("lowered", width, line.seconds(width)))
        width = wider(found, most, to_beat, affordable)
    return [row.width for row in found]


def test_stacks_are_widened_as_long_as_they_gain() -> None:
    assert widened(Line(1.0, 0.001)) == [1, 4, 16, 64]
    assert widened(Line(1.0, 0.001), most=24) == [1, 4, 16, 24]
    assert widened(Line(1.0, 1.0)) == [1, 4, 16]
    assert widened(Line(0.0, 1.0)) == [1, 4]


@given(LINES, st.integers(-1, 300), SECONDS, SECONDS)
def test_no_stack_is_wider_than_allowed(line: Line, most: int, rate: float, most_s: float) -> None:
    widths = widened(line, most, 1 / rate, most_s)
    assert widths == sorted(set(widths))
    assert widths[-1] <= max(1, most)
    assert all(line.seconds(width) <= most_s * (1 + A_HAIR) for width in widths[2:])


def test_what_takes_long_is_measured_at_two_widths() -> None:
    assert widened(Line(0.1, 1.0), affordable=0.5) == [1, 2]
    assert widened(Line(0.1, 1.0), most=1, affordable=0.5) == [1]


def test_a_way_that_cannot_win_is_given_up() -> None:
    assert widened(Line(1.0, 0.1), to_beat=8.0) == [1, 4, 16, 64]
    assert widened(Line(1.0, 0.1), to_beat=9.0) == [1, 4]


def test_what_was_measured_suffices_for_narrower_stacks() -> None:
    assert GAINS.suffices(10**6)
    assert replace(GAINS, most=8).suffices(8)
    assert not replace(GAINS, most=8).suffices(9)


def test_an_outlier_that_no_stack_can_be_is_not_believed() -> None:
    """As seen on a loaded machine: four trials at once, faster than one."""
    seconds = {1: 1.94e-3, 4: 0.085e-3, 16: 1.99e-3}
    rows = [Timing("lowered", width, found) for width, found in seconds.items()]
    chosen = choose([Timing("plain", 1, 0.7e-3), *rows], {"lowered": 64})
    assert chosen.width > 4
    assert chosen.rate <= 16 / 1.9e-3
