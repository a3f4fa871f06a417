"""Parallel coordinates: where lines go, and how few of many are drawn."""

import json
from dataclasses import replace
from typing import Any

import pytest

from service.dashboard.figures.scene import Axis, Point
from service.dashboard.figures.study.parallel import AXES, LINES, Parallel
from tests.service.dashboard.figures.study.scenes import DROPOUT, LR, point, study

ACTIVATION = "model.activation"


def drawn(*points: Point, **facts: Any) -> dict[str, Any]:
    found: dict[str, Any] = Parallel().draw(study(*points, **facts))["layout"]["meta"]
    return found


def scene(*points: Point, **facts: Any) -> Any:
    return drawn(*points, **facts)["scene"]


def test_a_log_axis_places_decades_evenly() -> None:
    told = scene(point(0, lr=1e-4), point(1, lr=1e-2), point(2, lr=1.0))
    by_trial = {line["trial"]: line["at"][0] for line in told["lines"]}
    assert by_trial == pytest.approx({100: 0.0, 101: 0.5, 102: 1.0})
    assert told["axes"][0]["log"] is True
    many = scene(*(point(n, lr=10 ** (-n / 5)) for n in range(20)))
    assert [label for _, label in many["axes"][0]["ticks"]] == ["1e-4", "0.001", "0.01", "0.1", "1"]


def test_a_choice_has_a_place_for_each_value() -> None:
    points = [
        replace(point(n), params={LR.path: 0.1, ACTIVATION: value})
        for n, value in enumerate(["tanh", "relu", "gelu", "relu"])
    ]
    told = scene(*points, others=(ACTIVATION,))
    assert told["axes"][1]["values"] == ("gelu", "relu", "tanh")
    assert {line["trial"]: line["at"][1] for line in told["lines"]} == {
        100: 1.0,
        101: 0.5,
        102: 0.0,
        103: 0.5,
    }


def test_few_values_of_a_numeric_axis_are_its_ticks() -> None:
    size = Axis("batch_size", 32, 128, log=False)
    points = [replace(point(n), params={"batch_size": 32 * 2**n}) for n in range(3)]
    assert [label for _, label in scene(*points, axes=(size,))["axes"][0]["ticks"]] == [
        "32",
        "64",
        "128",
    ]


def test_a_diverged_trial_has_no_place_on_the_objective() -> None:
    told = scene(point(0), point(1, None, "infeasible", lr=0.9))
    line = next(line for line in told["lines"] if line["trial"] == 101)
    assert line["at"][-1] is None
    assert line["looks"] == "infeasible"
    assert told["axes"][-1]["missing"] == "diverged"


def test_better_lines_lie_on_top_and_the_best_is_marked() -> None:
    told = scene(*(point(n, 0.5 + n / 20) for n in (5, 1, 9, 3)), point(8, 0.2, "pruned"))
    assert [line["trial"] for line in told["lines"]] == [108, 101, 103, 105, 109]
    assert [line["trial"] for line in told["lines"] if "best" in line] == [109]
    assert told["lines"][0]["looks"] == "shade-0 early"
    assert told["lines"][-1]["looks"] == "shade-7"


def test_an_outlier_does_not_stretch_the_objective() -> None:
    points = [point(n, 0.1 + n / 100) for n in range(20)]
    told = scene(*points, point(30, 1e6), metric="val_loss", maximize=False)
    assert told["axes"][-1]["high"] < 1
    assert next(line for line in told["lines"] if line["trial"] == 130)["at"][-1] == 1.0


def test_of_many_trials_some_are_drawn_with_the_best_among_them() -> None:
    points = [point(n, n / 10_000, lr=10 ** -(n % 4)) for n in range(10_000)]
    told = drawn(*points)
    assert len(told["scene"]["lines"]) <= LINES
    assert told["scene"]["lines"][-1]["trial"] == 10_099
    assert "of 10\u2009000 trials" in told["caption"]
    assert len(json.dumps(told, separators=(",", ":"))) < 100_000


def test_of_many_settings_some_are_drawn() -> None:
    axes = tuple(Axis(f"a{n}", 0, 1, log=False) for n in range(12))
    told = drawn(replace(point(0), params={f"a{n}": 0.5 for n in range(12)}), axes=axes)
    assert len(told["scene"]["axes"]) == AXES + 1
    assert "Not drawn: 3 settings." in told["caption"]


def test_titles_are_short_where_they_stay_apart() -> None:
    twice = Axis("head.dropout", 0.0, 0.5, log=False)
    titles = [a["title"] for a in scene(point(0), axes=(LR, DROPOUT))["axes"]]
    assert titles == ["Learning rate", "Dropout", "Validation accuracy"]
    titles = [a["title"] for a in scene(point(0), axes=(DROPOUT, twice))["axes"]]
    assert titles[:2] == ["model.dropout", "head.dropout"]


def test_a_study_of_one_recipe_says_that_there_is_nothing_to_compare() -> None:
    assert "trains one recipe" in drawn(point(0), axes=())["empty"]
