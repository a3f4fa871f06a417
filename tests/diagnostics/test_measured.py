"""What an epoch measured beside loss and accuracy, from whatever a worker sent."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import measured

JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)
NAMES = ["val_f1_macro", "val_accuracy_low", "val_accuracy_high", "mc_entropy", "fold_val_loss"]


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ({"train_loss": 1.0, "update_ratio": {"fc1": 0.1}}, []),
        ({"val_top_5": 0.943}, [("Validation top-5 accuracy", "94.3 %")]),
        (
            {"val_iou": 0.9123, "val_f1_macro": None},
            [("Validation IoU", "0.912"), ("Validation F1 (macro)", "–")],
        ),
        (
            {"val_accuracy_low": 0.91, "val_accuracy_high": 0.962},
            [("Validation accuracy, interval", "91.0 % to 96.2 %")],
        ),
        (
            {"val_accuracy_low": None, "val_accuracy_high": None},
            [("Validation accuracy, interval", "–")],
        ),
        ({"mc_entropy": 0.3112}, [("Mean entropy of the MC-dropout prediction", "0.311 nat")]),
        (
            {"mc_mutual_information": math.nan},
            [("Mean part of that entropy that more data would take away", "–")],
        ),
    ],
    ids=range(7),
)
def test_facts(signals: dict[str, Any], said: list[tuple[str, str]]) -> None:
    assert measured.facts(signals) == said


def test_each_fold_has_its_scores() -> None:
    signals = {
        "fold_val_loss": {"fold 1": 0.5, "fold 2": None},
        "fold_val_accuracy": {"fold 1": 0.9, "fold 2": 0.8},
    }
    assert measured.folds(signals) == measured.Folds(
        ("fold 1", "fold 2"),
        (("Validation loss", ("0.500", "–")), ("Validation accuracy", ("90.0 %", "80.0 %"))),
    )
    assert measured.facts(signals) == []
    assert measured.folds({"val_loss": 1.0}) is None


def test_many_folds_are_told_by_their_range() -> None:
    signals = {"fold_val_accuracy": {f"fold {n}": n / 100 for n in range(1, 31)}}
    assert measured.folds(signals) is None
    assert measured.facts(signals) == [("Validation accuracy of 30 folds", "1.0 % to 30.0 %")]


@given(st.dictionaries(st.sampled_from(NAMES), JUNK))
def test_whatever_was_sent_can_be_told(signals: dict[str, Any]) -> None:
    folds = measured.folds(signals)
    rows = [] if folds is None else folds.rows
    told = json.dumps([measured.facts(signals), [scores for _, scores in rows]])
    assert "nan" not in told
    assert "inf" not in told
