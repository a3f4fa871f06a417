"""Numbers and patches as a person reads them, and as YAML does."""

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.page.evidence import MOST, of_the_run, patch_text, rows, written
from diagnostics.verdict import Severity, Verdict


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.302585, "2.30"),
        (0.03, "0.03"),
        (1000.0, "1000"),
        (2.1e-7, "2.1e-7"),
        (12345, "12\u2009345"),
        (10**15, "1.00e+15"),
        (True, "yes"),
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "–"),
        ([1.0, 2.5], "1, 2.5"),
        ([], "–"),
        ([1] * 10, "1, 1, 1, 1, 1, 1, 1, 1 and 2 more"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_values_are_short(value: Any, text: str) -> None:
    assert written(value) == text


def test_signals_are_told_by_what_they_mean() -> None:
    (row,) = rows({"tiny_rows": 20})
    assert row == ("Rows of the two-optimizer probe", "20", False)
    (row,) = rows({"initial_loss": 2.302585})
    assert row.value == "2.30 nat"
    (row,) = rows({"harm": "behind"})
    assert row[:2] == ("What became of the run", "far behind simple predictors")


def test_classes_are_no_layers() -> None:
    assert [row.name for row in rows({"class_share": {"0": 0.5}})][1] == "0"
    assert [row.name for row in rows({"weight_norm": {"0": 0.5}})][1] == "layer 0"


def test_of_many_entries_the_ends_are_told() -> None:
    found = list(rows({"sizes": {f"fc{n}": float(n) for n in range(20)}}))
    assert found[0] == ("Sizes", "", False)
    assert [row.value for row in found[1:-1]] == ["0", "1", "2", "3", "16", "17", "18", "19"]
    assert found[-1] == ("12 more", "in between", True)
    few = list(rows({"sizes": {f"fc{n}": "?" for n in range(MOST)}}))
    assert len(few) == MOST + 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_of_a_patch_is_read_back(value: float) -> None:
    assert yaml.safe_load(patch_text({"optimizer.lr": value})) == {"optimizer.lr": value}


def test_a_patch_is_yaml() -> None:
    patch = {"optimizer.lr": 1e-7, "model.activation": {"name": "elu", "alpha": 0.5}, "seed": 3}
    assert yaml.safe_load(patch_text(patch)) == patch
    assert patch_text({"optimizer.lr": 1e-7}) == "optimizer.lr: 1.0e-07"


def test_the_outcome_is_told_once_only_where_all_agree() -> None:
    def verdict(loss: float) -> Verdict:
        return Verdict("x", Severity.WARNING, "", {"train_loss": loss, "harm": "failed", "own": 1})

    assert of_the_run([verdict(2.0), verdict(2.0)]) == {"train_loss": 2.0, "harm": "failed"}
    assert of_the_run([verdict(2.0), verdict(3.0)]) == {}
    assert of_the_run([verdict(2.0)]) == {}
