"""Evidence as small plots: bars by layer, lines over epochs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dashboard.evidence_drawn import bars, spark
from service.store.trial_pages import LossRow

FALLING = [LossRow(e, 2.0 / e, 2.0) for e in range(1, 6)]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def test_layers_are_bars_beside_the_band_that_is_fine() -> None:
    found = bars({"lr": 0.1, "update_ratio": {"fc1": 0.5, "output": 1e-3}})
    assert found is not None
    key, drawn = found
    assert key == "update_ratio"
    assert [(b.name, b.text, b.odd) for b in drawn.bars] == [
        ("fc1", "0.5", True),
        ("output", "0.001", False),
    ]
    assert drawn.band is not None
    start, width = drawn.band
    assert 0 < start < start + width < drawn.bars[0].width <= 100
    assert start < drawn.bars[1].width < start + width
    assert drawn.title == "Update ratio, log scale"


def test_near_numbers_are_on_a_linear_scale_from_zero() -> None:
    found = bars({"share": {"a": 0.5, "b": 1.0, "c": 0.0}})
    assert found is not None
    assert [b.width for b in found[1].bars] == [50.0, 100.0, 0.0]
    assert found[1].band is None


def test_many_layers_are_cut_short() -> None:
    found = bars({"norms": {f"layer {i}": 1.0 for i in range(30)}})
    assert found is not None
    assert len(found[1].bars) == 10
    assert found[1].note == "20 more are in the table."


def test_the_loss_that_a_verdict_was_read_off_is_a_line() -> None:
    drawn = spark({"train_loss": 0.4, "baseline_loss": 1.0}, FALLING)
    assert drawn is not None
    assert (drawn.title, drawn.says) == ("Training loss by epoch", "2.00 → 0.400")
    (piece,) = drawn.pieces
    assert piece.split(" ")[0] == "0.0,4.0"
    assert piece.split(" ")[-1] == "200.0,44.0"
    (level,) = drawn.levels
    assert level.name == "without inputs 1.00"
    assert 4 < level.y < 44


def test_a_loss_that_is_not_finite_breaks_the_line() -> None:
    rows = [*FALLING, LossRow(6, None, None), LossRow(7, 1.0, 1.0)]
    drawn = spark({"train_loss": None}, rows)
    assert drawn is not None
    assert len(drawn.pieces) == 2


@pytest.mark.parametrize("evidence", [{}, {"lr": 1.0}, {"signs": ["a", "b", "c"]}])
def test_what_is_no_series_is_not_drawn(evidence: dict[str, Any]) -> None:
    assert spark(evidence, FALLING) is None
    assert spark({"train_loss": 1.0}, FALLING[:2]) is None


@given(st.dictionaries(st.sampled_from(["train_loss", "losses", "update_ratio", "x"]), ANYTHING))
def test_any_evidence_can_be_drawn(evidence: dict[str, Any]) -> None:
    drawn = bars(evidence)
    assert drawn is None or all(0 <= bar.width <= 100 for bar in drawn[1].bars)
    line = spark(evidence, FALLING)
    assert line is None or "nan" not in "".join(line.pieces)
