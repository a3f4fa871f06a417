"""Learning rates as expressions: what may be written, and whether it is a factor."""

import math

import pytest

from bench.diagnosis.schedules import ScheduleError, rates


def test_an_expression_that_begins_at_lr_is_the_learning_rate() -> None:
    assert rates("0.1 if epoch < 2 else 0.01", 0.1, 4) == [0.1, 0.1, 0.01, 0.01]


def test_an_expression_that_reaches_one_is_a_factor() -> None:
    assert rates("min(1, (epoch + 1) / 4)", 0.2, 5) == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.2])


def test_an_expression_that_names_lr_is_the_learning_rate() -> None:
    assert rates("lr * 0.5 ** (epoch // 2)", 3.0, 4) == [3.0, 3.0, 1.5, 1.5]


def test_functions_of_math_with_or_without_its_name() -> None:
    found = rates("0.5 * (1 + math.cos(pi * epoch / epochs))", 1.0, 2)
    assert found == pytest.approx([1.0, 0.5 * (1 + math.cos(math.pi / 2))])


@pytest.mark.parametrize(
    "expression", ["__import__('os')", "epoch.real", "[1][0]", "step", "lambda: 1", "open('x')"]
)
def test_anything_but_arithmetic_is_refused(expression: str) -> None:
    with pytest.raises(ScheduleError, match="lr_schedule"):
        rates(expression, 0.1, 2)


def test_what_does_not_parse_is_refused_with_the_text() -> None:
    with pytest.raises(ScheduleError, match=r"'0\.1 \*\*' is no expression"):
        rates("0.1 **", 0.1, 2)
