"""Which paths of a space become axes, in which order and on which scale."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dashboard.figures import STUDY_FIGURES, StudyScene
from service.dashboard.figures.scene import Axis, Point, axes_of, numeric
from trainer.recipe.space import SPACE


def axes(**space: Any) -> tuple[Axis, ...]:
    return axes_of(SPACE.validate_python({key.replace("__", "."): d for key, d in space.items()}))


def test_lr_and_weight_decay_come_first() -> None:
    found = axes(
        model__dropout={"uniform": [0.0, 0.5]},
        optimizer__weight_decay={"log_uniform": [1e-6, 0.1]},
        optimizer__lr={"log_uniform": [1e-4, 1.0]},
    )
    assert [a.path for a in found] == ["optimizer.lr", "optimizer.weight_decay", "model.dropout"]
    assert [a.log for a in found] == [True, True, False]


@pytest.mark.parametrize(
    ("listed", "log"),
    [([1e-3, 1e-2, 1e-1], True), ([0.1, 0.2, 0.3], False), ([0.0, 1e-4, 1e-1], False)],
)
def test_listed_numbers_are_an_axis(listed: list[float], log: bool) -> None:
    assert axes(optimizer__lr={"values": listed}) == (
        Axis("optimizer.lr", min(listed), max(listed), log),
    )


def test_words_and_truth_values_are_none() -> None:
    assert axes(model__activation={"choice": ["relu", "tanh"]}) == ()
    assert axes(optimizer__nesterov={"choice": [True, False]}) == ()


def test_a_linear_axis_has_air_at_its_ends() -> None:
    plane = (Axis("a", 0.0, 1.0, log=False), Axis("b", 2.0, 2.0, log=False))
    point = Point(1, 0, "complete", {"a": 0.5, "b": 2}, 0.5)
    drawing = STUDY_FIGURES.load("landscape")().draw(StudyScene("val_loss", False, plane, (point,)))
    assert drawing["layout"]["xaxis"]["range"] == [-0.05, 1.05]
    assert drawing["layout"]["yaxis"]["range"] == [1.0, 3.0]
    assert drawing["layout"]["xaxis"]["title"]["text"] == "a"


@given(st.integers() | st.floats() | st.booleans() | st.text() | st.none())
def test_what_is_drawn_is_a_finite_number(value: Any) -> None:
    number = numeric(value)
    assert number is None or math.isfinite(number)


def test_what_is_no_number_is_not_drawn() -> None:
    assert [numeric(v) for v in (True, "1", None, 10**400, math.nan, 1e300)] == [None] * 6
    assert [numeric(v) for v in (1, 0.5, 1e-300)] == [1.0, 0.5, 0.0]
