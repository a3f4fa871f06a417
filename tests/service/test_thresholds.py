"""What is wrong with thresholds, wherever they are given."""

from typing import Any

import pytest

from diagnostics.check import CHECKS
from service import thresholds
from service.errors import Invalid
from service.study import StudyDocument


def test_every_default_is_fine() -> None:
    defaults = {name: vars(CHECKS.load(name)()) for name in CHECKS.names()}
    assert thresholds.problems(defaults, "checks") == []


def test_whole_numbers_are_numbers_too() -> None:
    assert thresholds.problems({"diverging": {"hopeless": 40}}, "checks") == []


@pytest.mark.parametrize(
    ("given", "field", "value", "says"),
    [
        ({"plato": {}}, "checks.plato", "plato", "did you mean 'plateau'?"),
        ({"plateau": {"flatt": 1}}, "checks.plateau.flatt", 1, "did you mean 'flat'?"),
        ({"plateau": {"flat": "low"}}, "checks.plateau.flat", "low", "takes a number, not low"),
        ({"plateau": {"flat": None}}, "checks.plateau.flat", None, "takes a number"),
        ({"plateau": {"epochs": 5.0}}, "checks.plateau.epochs", 5.0, "takes a whole number"),
        ({"plateau": {"flat": float("nan")}}, "checks.plateau.flat", None, "between 0 and 1"),
        ({"diverging": {"far": 0.5}}, "checks.diverging.far", 0.5, "ascend from 1 or more"),
        (
            {"diverging": {"far": 4, "worse": 5}},
            "checks.diverging",
            {"far": 4, "worse": 5},
            "ascend from 1 or more",
        ),
    ],
)
def test_problems_name_field_and_value(
    given: dict[str, Any], field: str, value: Any, says: str
) -> None:
    (problem,) = thresholds.problems(given, "checks")
    assert problem.field == field
    assert problem.value == value or value is None
    assert says in problem.message


def test_all_problems_of_a_study_are_told() -> None:
    checks = {"plateau": {"flat": "x", "slow": "y"}, "plato": {}}
    with pytest.raises(Invalid) as refused:
        StudyDocument.parse({"name": "s", "diagnostics": {"checks": checks}})
    assert [problem.field for problem in refused.value.fields] == [
        "diagnostics.checks.plateau.flat",
        "diagnostics.checks.plateau.slow",
        "diagnostics.checks.plato",
    ]
