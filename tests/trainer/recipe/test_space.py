"""Distributions: quantiles, grids, documents, and what each refuses."""

import itertools
import json
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from trainer.recipe import Distribution, Space, grid_points, parse_distribution, point_at, problems
from trainer.recipe.space import KINDS, SPACE, Choice, Int, LogInt, LogUniform, Uniform, Values

QUANTILES = st.floats(0.0, 1.0, exclude_max=True)
SPANS = {
    "uniform": st.floats(-1e6, 1e6),
    "log_uniform": st.floats(1e-12, 1e6),
    "int": st.integers(-(2**40), 2**40),
    "log_int": st.integers(1, 2**40),
}


@st.composite
def ranges(draw: st.DrawFn) -> Distribution:
    kind = draw(st.sampled_from(sorted(SPANS)))
    ends = draw(st.lists(SPANS[kind], min_size=2, max_size=2, unique=True))
    points = draw(st.none() | st.integers(1, 50))
    return parse_distribution({kind: sorted(ends), "points": points})


LISTED = st.builds(
    lambda kind, values: parse_distribution({kind: values}),
    st.sampled_from(["choice", "values"]),
    st.lists(st.integers() | st.sampled_from(["relu", "tanh"]), min_size=1),
)


@given(ranges(), QUANTILES)
def test_ranges_stay_in_bounds(distribution: Any, u: float) -> None:
    value = distribution.at(u)
    assert distribution.low <= value <= distribution.high
    assert isinstance(value, int if isinstance(distribution, Int | LogInt) else float)


@given(ranges(), QUANTILES, QUANTILES)
def test_ranges_are_monotone(distribution: Distribution, u: float, v: float) -> None:
    below, above = (distribution.at(quantile) for quantile in sorted((u, v)))
    assert below <= above + 1e-15 * abs(above)  # exp() may be off by its last bit


@given(ranges())
def test_ranges_reach_their_ends(distribution: Any) -> None:
    assert distribution.edges() == [distribution.low, distribution.high]
    rounding = 1e-12 * max(abs(distribution.low), abs(distribution.high))
    assert distribution.at(0.0) == pytest.approx(distribution.low, abs=rounding)
    last = distribution.at(math.nextafter(1.0, 0.0))
    assert last == pytest.approx(distribution.high, abs=rounding)


@given(LISTED, QUANTILES)
def test_lists_give_what_they_list(distribution: Any, u: float) -> None:
    assert distribution.at(u) in distribution.values
    assert distribution.grid() == distribution.edges() == distribution.values


@given(ranges() | LISTED)
def test_document_round_trip(distribution: Distribution) -> None:
    document = json.loads(json.dumps(distribution.document()))
    assert parse_distribution(document) == parse_distribution(distribution) == distribution
    assert SPACE.dump_python({"a": distribution}) == {"a": distribution.document()}
    assert SPACE.validate_python({"a": document}) == {"a": distribution}


def test_equal_steps_of_a_log_range_are_equal_ratios() -> None:
    lr = LogUniform(low=1e-4, high=1.0)
    values = [lr.at(i / 8) for i in range(8)]
    ratios = [b / a for a, b in itertools.pairwise(values)]
    assert ratios == pytest.approx([10**0.5] * 7)


def test_uniform_is_linear() -> None:
    assert [Uniform(low=1, high=3).at(u) for u in (0.0, 0.25, 0.5)] == [1.0, 1.5, 2.0]


def test_ints_are_all_as_likely() -> None:
    drawn = Counter(Int(low=-2, high=2).at(i / 1000) for i in range(1000))
    assert drawn == dict.fromkeys(range(-2, 3), 200)


def test_log_ints_give_each_value_its_share_of_the_logarithm() -> None:
    n = 100_000
    drawn = Counter(LogInt(low=1, high=8).at(i / n) for i in range(n))
    assert set(drawn) == set(range(1, 9))  # the ends too
    for value, times in drawn.items():
        share = math.log((value + 0.5) / (value - 0.5)) / math.log(8.5 / 0.5)
        assert times / n == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(
    ("document", "grid"),
    [
        ({"uniform": [0, 1], "points": 3}, [0.0, 0.5, 1.0]),
        ({"uniform": [0, 1], "points": 1}, [0.0]),
        ({"log_uniform": [1e-4, 1], "points": 5}, [1e-4, 1e-3, 1e-2, 1e-1, 1.0]),
        ({"int": [1, 3]}, [1, 2, 3]),
        ({"int": [1, 9], "points": 3}, [1, 5, 9]),
        ({"int": [1, 3], "points": 10}, [1, 2, 3]),
        ({"log_int": [1, 100], "points": 3}, [1, 10, 100]),
        ({"log_int": [1, 3], "points": 9}, [1, 2, 3]),
        ({"choice": ["relu", "tanh"]}, ["relu", "tanh"]),
        ({"values": [3, 1, 2]}, [3, 1, 2]),
    ],
)
def test_grids(document: dict[str, Any], grid: list[Any]) -> None:
    found = parse_distribution(document).grid()
    assert [type(value) for value in found] == [type(value) for value in grid]
    assert (found[0], found[-1]) == (grid[0], grid[-1])  # the ends exactly
    assert all(value == pytest.approx(wanted) for value, wanted in zip(found, grid, strict=True))


@pytest.mark.parametrize("kind", ["uniform", "log_uniform", "log_int"])
def test_a_grid_over_a_range_needs_points(kind: str) -> None:
    with pytest.raises(
        ValueError, match=rf"{kind} needs `points`: {{{kind}: \[1, 4\], points: 5}}"
    ):
        parse_distribution({kind: [1, 4]}).grid()


def test_numbers_that_yaml_reads_as_strings() -> None:
    assert parse_distribution({"log_uniform": ["1e-4", "1"]}) == LogUniform(low=1e-4, high=1)
    assert parse_distribution({"values": ["1e-4", "1E+2", ".5e1"]}) == Values(values=[1e-4, 100, 5])
    assert parse_distribution({"int": ["1e1", "1e3"]}) == Int(low=10, high=1000)


def test_words_and_plain_digits_of_a_choice_are_left_alone() -> None:
    words = ["relu", "1", "e5", "1e", "", True, None, [1], {"name": "mlp"}, 1, 0.5]
    assert parse_distribution({"choice": words}) == Choice(values=words)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (3, r"looks like \{log_uniform: \[1e-4, 1\]\}, not 3"),
        ({}, r"name one distribution of uniform, .*; given: none"),
        ({"points": 3}, r"name one distribution of .*; given: none"),
        ({"uniform": [0, 1], "int": [0, 1]}, r"given: \['uniform', 'int'\]"),
        ({"log_unifrom": [0, 1]}, r"no distribution 'log_unifrom'; did you mean 'log_uniform'\?"),
        ({"zipf": [0, 1]}, r"no distribution 'zipf'; known: choice, int, "),
        ({1: [0, 1]}, r"no distribution 1; known: "),
        ({"uniform": [0, 1], "pionts": 3}, r"'pionts'; did you mean 'points'\?"),
        ({"uniform": [0]}, r"uniform takes \[low, high\], not \[0\]"),
        ({"uniform": 3}, r"uniform takes \[low, high\], not 3"),
        ({"uniform": [1, 1]}, r"low must be below high, not \[1, 1\]"),
        ({"int": [3, 1]}, r"low must be below high, not \[3, 1\]"),
        ({"log_uniform": [0, 1]}, r"a log scale starts above 0, not at 0"),
        ({"log_int": [-1, 1]}, r"a log scale starts above 0, not at -1"),
        ({"uniform": [0, "x"]}, r"valid number"),
        ({"uniform": [0, float("inf")]}, r"finite number"),
        ({"int": [0.5, 3]}, r"valid integer"),
        ({"int": [0, 10**400]}, r"less than or equal to 9007199254740992"),
        ({"uniform": [0, 1], "points": 0}, r"greater than or equal to 1"),
        ({"choice": [1], "points": 3}, r"choice lists its values and takes no `points`"),
        ({"choice": []}, r"at least 1 item"),
        ({"values": 3}, r"valid list"),
        ({"values": ["1e999"]}, r"takes finite numbers only"),
        ({"values": [float("nan")]}, r"takes finite numbers only"),
    ],
)
def test_refusals(raw: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_distribution(raw)


class Document(BaseModel):
    """Whatever holds a space."""

    space: Space = {}


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"uniform": [1, 1]}, "space.optimizer.lr"),
        ({"uniform": [1, "x"]}, "space.optimizer.lr.high"),
        ({"uniform": [1, 2], "points": 0}, "space.optimizer.lr.points"),
        ({"choice": []}, "space.optimizer.lr.values"),
    ],
)
def test_refusals_name_the_path(raw: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Document.model_validate({"space": {"optimizer.lr": raw}})
    assert [p.field for p in problems(refused.value, Document)] == [field]


def test_json_schema_lists_every_distribution() -> None:
    schema = SPACE.json_schema()["additionalProperties"]
    assert set(schema["properties"]) == {*KINDS, "points"}
    assert [choice["required"] for choice in schema["oneOf"]] == [[kind] for kind in KINDS]


def test_points_follow_the_order_of_the_space() -> None:
    space = SPACE.validate_python({"b": {"uniform": [0, 1]}, "a": {"int": [1, 4]}})
    assert point_at(space, [0.5, 0.5]) == {"b": 0.5, "a": 3}
    with pytest.raises(ValueError, match="shorter"):
        point_at(space, [0.5])


def test_grid_points_change_the_last_path_fastest() -> None:
    space = SPACE.validate_python({"a": {"values": [1, 2]}, "b": {"choice": ["x", "y"]}})
    assert [tuple(point.values()) for point in grid_points(space)] == [
        (1, "x"),
        (1, "y"),
        (2, "x"),
        (2, "y"),
    ]
    assert grid_points({}) == [{}]


def test_numbers_inside_sections_and_lists_are_numbers() -> None:
    written = {"name": "cross_entropy", "label_smoothing": "1e-1", "class_weights": ["1e0", 2]}
    found = SPACE.validate_python({"loss": {"values": [written, ["5E-1", "word", True]]}})
    smoothing = {"label_smoothing": 0.1, "class_weights": [1.0, 2]}
    assert found["loss"].grid() == [{"name": "cross_entropy"} | smoothing, [0.5, "word", True]]
    with pytest.raises(ValidationError, match="finite"):
        SPACE.validate_python({"loss": {"values": [{"label_smoothing": "1e999"}]}})
