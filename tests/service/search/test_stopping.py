"""What holds for every stopping rule, for all values."""

import json
import math
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.search import STOPPING, Decision, Direction, StoppingRule

EVERY = STOPPING.names()
# Half of the largest float: the mean of two is still finite.
numbers = st.floats(-8e307, 8e307)
values = numbers | st.sampled_from([None, math.nan, math.inf, -math.inf])
directions: st.SearchStrategy[Direction] = st.sampled_from(["maximize", "minimize"])
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "none": [{}],
    "median": [{}, {"min_peers": 1}],
    "halving": [{}, {"eta": 2}, {"eta": 4}],
}
rules = st.sampled_from([STOPPING.load(n)(**s) for n in EVERY for s in SETTINGS.get(n, [{}])])


def decide(rule: StoppingRule, value: Any, peers: Any, direction: Direction) -> Decision:
    return rule.decide(4, value, peers, direction)


def negated(value: float | None) -> float | None:
    return None if value is None else -value


@given(rules, values, st.lists(values, max_size=12), directions)
def test_up_and_down_are_mirror_images(
    rule: StoppingRule, value: float | None, peers: list[float | None], direction: Direction
) -> None:
    other: Direction = "minimize" if direction == "maximize" else "maximize"
    decision = decide(rule, value, peers, direction)
    mirrored = decide(rule, negated(value), [negated(p) for p in peers], other)
    assert mirrored.keep == decision.keep
    assert negated(mirrored.threshold) == decision.threshold


@given(rules, numbers, st.lists(values, max_size=12))
def test_the_best_trial_goes_on(rule: StoppingRule, value: float, peers: list[float]) -> None:
    worse = [p for p in peers if p is None or not p < value]
    assert decide(rule, value, worse, "minimize").keep


@given(rules, numbers, numbers, st.lists(values, max_size=12))
def test_a_better_value_never_ends_a_trial(
    rule: StoppingRule, one: float, two: float, peers: list[float | None]
) -> None:
    worse, better = max(one, two), min(one, two)
    if decide(rule, worse, peers, "minimize").keep:
        assert decide(rule, better, peers, "minimize").keep
    if decide(rule, None, peers, "minimize").keep:
        assert decide(rule, worse, peers, "minimize").keep


@given(rules, values, st.lists(values, max_size=12), directions, st.randoms())
def test_the_order_of_the_peers_does_not_matter(
    rule: StoppingRule, value: float, peers: list[float], direction: Direction, random: Any
) -> None:
    shuffled = random.sample(peers, len(peers))
    first, second = decide(rule, value, peers, direction), decide(rule, value, shuffled, direction)
    assert replace(second, value=None) == replace(first, value=None)  # nan ≠ nan


@given(rules, st.integers(1, 1000))
def test_never_after_the_last_epoch(rule: StoppingRule, epochs: int) -> None:
    assert not rule.judges(epochs, epochs)
    assert not rule.judges(epochs + 1, epochs)


@given(rules, numbers | st.none(), st.lists(numbers | st.none(), max_size=12), directions)
def test_a_decision_is_a_row_with_a_sentence(
    rule: StoppingRule, value: float | None, peers: list[float], direction: Direction
) -> None:
    decision = decide(rule, value, peers, direction)
    assert (decision.epoch, decision.value, decision.peers) == (4, value, len(peers))
    assert decision.reason.endswith(".")
    assert not {"nan", "None", "inf"} & set(decision.reason.replace(")", " ").split())
    json.dumps(asdict(decision), allow_nan=False)


@pytest.mark.parametrize("name", EVERY)
def test_the_first_to_arrive_goes_on(name: str) -> None:
    assert STOPPING.load(name)().decide(3, None, [], "maximize").keep
