import random
from itertools import combinations
from statistics import fmean
from typing import Any

import pytest

from diagnostics.across import Kind, Pattern, Ran, across
from diagnostics.across.settings import Side, fisher, rank_sum
from diagnostics.causes import CAUSES
from tests.diagnostics.across.studies import ACTIVATION, DECAY, LR, METRIC, drawn, study

POINTS = drawn(40)


def judged(ran: list[Ran]) -> list[Pattern]:
    return [pattern for pattern in across(ran, **METRIC) if pattern.kind is Kind.SETTING]


def test_a_high_lr_that_kills_is_named_with_where_it_begins() -> None:
    ran = study(POINTS, dies=lambda p: p[LR] > 0.1)
    dead = [trial for trial in ran if trial.state == "infeasible"]
    (found,) = judged(ran)
    edge = min(trial.params[LR] for trial in dead)
    assert found.evidence["path"] == LR
    assert found.evidence["from"] == edge
    assert found.evidence["with_it"] == [len(dead), len(dead)]
    assert found.evidence["others"] == [0, 40 - len(dead)]
    assert found.trials == tuple(trial.number for trial in dead)
    many = f"{len(dead)} of {len(dead)} trials"
    assert found.summary == (
        f"lr from {edge:.2g} on: infeasible in {many}, in none of the {40 - len(dead)} others."
    )


def test_a_low_value_can_be_the_bad_side() -> None:
    (found,) = judged(study(POINTS, dies=lambda p: p[DECAY] < 1e-5))
    assert found.evidence["path"] == DECAY
    assert found.evidence["up_to"] < 1e-5
    assert found.summary.startswith("Weight decay up to ")


def test_a_choice_can_be_what_kills() -> None:
    (found,) = judged(study(POINTS, dies=lambda p: p[ACTIVATION] == "tanh"))
    assert found.evidence["choice"] == "tanh"
    assert found.summary.startswith("Activation tanh: infeasible in ")
    assert found.remedy is not None
    assert found.remedy.text == "Narrow the space: search activation without tanh."


def test_a_cause_that_follows_a_setting_is_told_in_words() -> None:
    causes = ("over_regularization", "undertrained")
    ran = study(POINTS, causes=lambda p: causes if p[DECAY] > 1e-2 else ())
    (found,) = judged(ran)
    assert found.evidence["fault"] == "over_regularization"
    assert "regularisation outweighs the loss in " in found.summary
    assert CAUSES["over_regularization"] == "Regularisation outweighs the loss"


def test_a_cause_of_what_is_infeasible_is_not_told_twice() -> None:
    ran = study(
        POINTS, dies=lambda p: p[LR] > 0.1, causes=lambda p: ("lr_too_high",) * (p[LR] > 0.1)
    )
    assert [found.evidence["fault"] for found in judged(ran)] == ["infeasible"]


@pytest.mark.parametrize("seed", range(20))
def test_deaths_that_follow_nothing_are_left_alone(seed: int) -> None:
    dice = random.Random(seed)
    assert judged(study(drawn(40, seed), dies=lambda _: dice.random() < 0.3)) == []


def test_two_deaths_are_too_few() -> None:
    last = sorted(p[LR] for p in POINTS)[-2]
    assert judged(study(POINTS, dies=lambda p: p[LR] >= last)) == []
    last = sorted(p[LR] for p in POINTS)[-3]
    assert len(judged(study(POINTS, dies=lambda p: p[LR] >= last))) == 1


def test_seeds_of_a_point_count_as_one() -> None:
    """Four points with ten seeds each prove no more than four points."""
    points: list[dict[str, Any]] = [{LR: lr} for lr in (0.1, 0.2, 0.3, 0.4)]
    ran = [
        Ran(10 * i + seed, "infeasible" if i > 1 else "complete", point, 0.9)
        for i, point in enumerate(points)
        for seed in range(10)
    ]
    assert judged(ran) == []


def test_two_settings_of_one_name_are_told_by_their_paths() -> None:
    points = [{"a.rate": i, "b.rate": (7 * i) % 30} for i in range(30)]
    (found,) = judged(study_of(points))
    assert found.summary.startswith("a.rate from 20 on")


def study_of(points: list[dict[str, int]]) -> list[Ran]:
    return [
        Ran(i, "infeasible" if point["a.rate"] >= 20 else "complete", point)
        for i, point in enumerate(points)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_rank_sum_is_near_that_of_all_orders(seed: int) -> None:
    """Every way in which five of twelve points may be the faults, by how far off its ranks are."""
    dice = random.Random(seed)
    values = [float(dice.randrange(8)) for _ in range(12)]  # with ties
    chosen = set(dice.sample(range(12), 5))
    ranks = [sum(o < v for o in values) + (values.count(v) + 1) / 2 for v in values]
    draws = [sum(ranks[i] for i in draw) for draw in combinations(range(12), 5)]
    own, usual = sum(ranks[i] for i in chosen), fmean(draws)
    exact = fmean(abs(draw - usual) >= abs(own - usual) - 1e-9 for draw in draws)
    found = rank_sum(values, [i in chosen for i in range(12)])
    assert found == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize("table", [(5, 4, 9, 1), (3, 3, 8, 0), (6, 2, 6, 2)])
def test_the_exact_test_counts_the_draws(table: tuple[int, int, int, int]) -> None:
    of, hits, others, other_hits = table
    draws = list(combinations(range(of + others), hits + other_hits))
    expected = fmean(sum(i < of for i in draw) >= hits for draw in draws)
    assert fisher(Side(("choice", "x"), of, hits, others, other_hits)) == pytest.approx(expected)


def test_equal_values_prove_nothing() -> None:
    assert rank_sum([1.0] * 6, [True, False] * 3) == 1.0
