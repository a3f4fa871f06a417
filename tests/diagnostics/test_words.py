import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.030999999, "0.031"),
        (2.1e-4, "2.1e-4"),
        (1e-7, "1e-7"),
        (0.99999, "1.0"),
        (1234.0, "1200"),
        (1.2e6, "1.2e6"),
        (1.75e308, "1.8e308"),
        (0.0, "0"),
        (-0.05, "-0.050"),
        (math.nan, "–"),
        (None, "–"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (0.030999999, "0.031"),
        (1000.0, "1000"),
        (3e-4, "3e-4"),
        (0.0025, "0.0025"),
        (1e-7, "1e-7"),
        (1.5e6, "1.5e6"),
        (0.0, "0"),
        (math.inf, "–"),
        (None, "–"),
    ],
)
def test_setting(value: float | None, text: str) -> None:
    assert words.setting(value) == text


@given(st.floats(1e-300, 1e300))
def test_what_is_written_can_be_read(value: float) -> None:
    assert float(words.setting(value)) == pytest.approx(value, rel=0.006)
    assert float(words.number(value)) == pytest.approx(value, rel=0.06)
    assert float(words.loss(value)) == pytest.approx(value, rel=0.006)


def test_the_rest() -> None:
    assert words.percent(0.9741) == "97.4 %"
    assert words.percent(None) == "–"
    assert words.loss(2.302585) == "2.30"
    assert words.listed(["a", "b"]) == "`a`, `b`"
    assert words.listed(["a", "b", "c", "d", "e"]) == "`a`, `b`, `c` and 2 more"
    assert words.count(1, "epoch") == "1 epoch"
    assert words.count(3, "epoch") == "3 epochs"


@pytest.mark.parametrize(
    ("metric", "name", "value"),
    [
        ("val_accuracy", "validation accuracy", "94.3 %"),
        ("train_loss", "training loss", "0.943"),
        ("val_top_5", "validation top-5 accuracy", "94.3 %"),
        ("val_recall_at_1", "validation recall@1", "94.3 %"),
        ("val_f1_macro", "validation F1 (macro)", "0.943"),
        ("val_iou", "validation IoU", "0.943"),
        ("val_auroc", "validation AUROC", "0.943"),
        ("val_calibration_error", "validation calibration error", "0.943"),
        ("external", "external", "0.943"),
    ],
)
def test_metrics_in_words_and_in_their_unit(metric: str, name: str, value: str) -> None:
    assert words.metric_name(metric) == name
    assert words.score(metric, 0.943) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (0.125, "0.125"),
        (0.030999, "0.031"),
        (math.inf, "–"),
        (64, "64"),
        (True, "true"),
        (None, "–"),
        ("relu", "relu"),
        ([16, 16], "[16, 16]"),
        ([], "[]"),
        ({"name": "elu", "alpha": 0.5}, "elu (alpha 0.5)"),
        ({"name": "mlp"}, "mlp"),
        ({"patience": 3, "min_delta": 1e-4}, "patience 3, min delta 1e-4"),
        ({}, "–"),
        (
            {"name": "mlp", "hidden": [8, 8], "activation": {"name": "elu", "alpha": 1.0}},
            "mlp (hidden [8, 8], activation elu (alpha 1))",
        ),
        ({"name": "cross_entropy", "class_weights": None}, "cross_entropy"),
        ([{"name": "flip", "vertical": True}, "mixup"], "[flip (vertical true), mixup]"),
    ],
    ids=str,
)
def test_settings_of_any_kind(value: Any, text: str) -> None:
    assert words.written(value) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_set_can_be_written(value: Any) -> None:
    assert isinstance(words.written(value), str)
