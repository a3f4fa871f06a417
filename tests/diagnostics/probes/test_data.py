"""What a sample looks like, against numpy and plain loops."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from diagnostics.probes.data import conflicting_rows, input_signals, overlap, target_signals

ROWS = torch.tensor(np.random.RandomState(0).randn(50, 4) * [1, 10, 0.1, 3] + [0, 5, 7, 0])
small = st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=1, max_size=12)


def test_features_equal_numpy() -> None:
    x = ROWS.numpy()
    found = input_signals(ROWS)
    sizes = np.sqrt((x**2).mean(0))
    expected = {
        "input_broken": 0.0,
        "input_rms": np.sqrt((x**2).mean()),
        "input_largest": np.abs(x).max(),
        "constant_features": 0.0,
        "duplicate_features": 0.0,
        "feature_rms_low": sizes.min(),
        "feature_rms_high": sizes.max(),
        "distinct_rows": 50.0,
        "duplicate_rows": 0.0,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def number(value: Any) -> float:
    assert isinstance(value, float)
    return value


def test_images_are_told_by_channel() -> None:
    images = torch.rand(6, 3, 5, 5) * torch.tensor([1.0, 10.0, 0.1]).reshape(1, 3, 1, 1)
    sizes = [float(images[:, c].square().mean().sqrt()) for c in range(3)]
    found = input_signals(images)
    assert found["feature_rms_low"] == pytest.approx(min(sizes))
    assert found["feature_rms_high"] == pytest.approx(max(sizes))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_one_feature_of_any_type(dtype: torch.dtype) -> None:
    found = input_signals(torch.tensor([3.0, 4.0, 4.0, 0.0], dtype=dtype))
    assert found["input_rms"] == pytest.approx(math.sqrt(41 / 4), rel=1e-2)
    assert found["duplicate_rows"] == pytest.approx(0.25)


def test_tokens_have_rows_and_nothing_else() -> None:
    tokens = torch.tensor([[1, 2], [1, 2], [3, 4]])
    expected = {"distinct_rows": 2.0, "duplicate_rows": pytest.approx(1 / 3)}
    assert input_signals(tokens) == expected


def test_broken_numbers_are_counted_and_left_out() -> None:
    broken = ROWS.clone()
    broken[0, 0], broken[1, 1] = math.nan, math.inf
    found = input_signals(broken)
    assert found["input_broken"] == pytest.approx(2 / 200)
    sound = broken.nan_to_num(0.0, 0.0, 0.0)
    assert found["input_rms"] == pytest.approx(float(sound.square().mean().sqrt()))


def test_constant_and_repeated_features() -> None:
    columns = torch.cat([ROWS, 3 * ROWS[:, :1] - 1, torch.full((50, 1), 7.0)], dim=1)
    found = input_signals(columns)
    assert found["constant_features"] == pytest.approx(1 / 6)
    assert found["duplicate_features"] == pytest.approx(1 / 5)  # of those that vary
    assert number(found["feature_rms_high"]) < 30
    assert input_signals(torch.ones(5, 3))["constant_features"] == 1.0
    assert "feature_rms_low" not in input_signals(torch.ones(5, 3))


@pytest.mark.parametrize("width", [1, 2, 512, 513, 600])
def test_every_signal_is_a_number_or_none_however_many_features(width: int) -> None:
    found = input_signals(torch.randn(20, width, generator=torch.Generator().manual_seed(0)))
    assert all(value is None or math.isfinite(number(value)) for value in found.values())
    assert (found["duplicate_features"] is None) == (width > 512)


@given(small)
def test_repeated_rows_equal_a_count(rows: list[list[int]]) -> None:
    distinct = len({tuple(row) for row in rows})
    for inputs in (torch.tensor(rows), torch.tensor(rows, dtype=torch.bfloat16)):
        found = input_signals(inputs)
        assert found["distinct_rows"] == distinct
        assert found["duplicate_rows"] == pytest.approx(1 - distinct / len(rows))


@given(small, small)
def test_the_overlap_equals_a_search(rows: list[list[int]], held: list[list[int]]) -> None:
    found = overlap(torch.tensor(rows).float(), torch.tensor(held).float())
    assert found == pytest.approx(sum(row in rows for row in held) / len(held))


@given(small, st.data())
def test_conflicts_equal_a_pairwise_search(rows: list[list[int]], data: st.DataObject) -> None:
    labels = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    pairs = list(zip(rows, labels, strict=True))
    conflicts = [any(r == row and other != label for r, other in pairs) for row, label in pairs]
    found = conflicting_rows(torch.tensor(rows).float(), torch.tensor(labels))
    assert found == pytest.approx(sum(conflicts) / len(rows))


def test_labels_have_shares() -> None:
    labels = torch.tensor([0, 0, 0, 2, -100, 7, -1])
    found = target_signals(labels, 3)
    assert found["class_share"] == {"0": 0.75, "1": 0.0, "2": 0.25}
    assert found["labels_outside"] == pytest.approx(2 / 7)  # torch ignores -100


def test_pixels_have_shares_too() -> None:
    labels = torch.tensor([[[0, 1], [1, 1]]])
    found = target_signals(labels, 2)
    assert found["class_share"] == {"0": 0.25, "1": 0.75}


def test_values_equal_numpy() -> None:
    y = np.random.RandomState(1).lognormal(size=(40, 2))
    found = target_signals(torch.tensor(y), None)
    assert found == pytest.approx(
        {
            "target_broken": 0.0,
            "target_mean": y.mean(),
            "target_std": y.std(),
            "target_low": y.min(),
            "target_high": y.max(),
        }
    )


@pytest.mark.parametrize(
    ("targets", "broken"),
    [
        (torch.tensor([1.0, math.nan, 3.0, math.inf]), 0.5),
        (torch.full((4,), math.nan), 1.0),
    ],
)
def test_broken_targets_are_counted(targets: Tensor, broken: float) -> None:
    found = target_signals(targets, None)
    assert found["target_broken"] == broken
    assert found.get("target_mean") == (2.0 if broken < 1 else None)
