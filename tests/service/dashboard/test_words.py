"""Numbers as LOOK.md writes them, for every number."""

import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dashboard import words

ANY = st.floats() | st.integers() | st.booleans() | st.none() | st.text() | st.lists(st.floats())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.031, "0.031"),
        (0.030999999, "0.031"),
        (0.0310047, "0.031"),
        (2.1e-4, "2.1e-4"),
        (2.1337e-4, "2.1e-4"),
        (0.125, "0.125"),
        (0.1, "0.1"),
        (1000.0, "1000"),
        (1e-7, "1e-7"),
        (0.0, "0"),
        (math.nan, "–"),
        (math.inf, "–"),
        (None, "–"),
        (True, "true"),
        (64, "64"),
        (12345, "12\u2009345"),
        (10**12, "1e12"),
        ([64, 32], "64, 32"),
        ("relu", "relu"),
        ("x" * 50, "x" * 39 + "…"),
        ([], "[]"),
        ({"name": "mlp"}, "mlp"),
        ({"name": "elu", "alpha": 0.5}, "elu (alpha 0.5)"),
        ({"name": "mlp", "hidden": [12345, 8]}, "mlp (hidden [12\u2009345, 8])"),
        (
            {"name": "cross_entropy", "class_weights": [1.0] * 9, "label_smoothing": 0.2},
            "cross_entropy (class weights [1, 1, 1, 1, 1, 1, 1, 1, 1], label smoothing 0.2)",
        ),
    ],
)
def test_settings(value: Any, text: str) -> None:
    assert words.param(value) == text


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("val_accuracy", 0.974, "97.4 %"),
        ("val_accuracy", 1.0, "100.0 %"),
        ("val_loss", 0.08124, "0.0812"),
        ("train_loss", 2.302585, "2.30"),
        ("val_loss", None, "–"),
    ],
)
def test_objectives(metric: str, value: float | None, text: str) -> None:
    assert words.objective(metric, value) == text


def test_seed_noise_has_the_unit_of_the_objective() -> None:
    assert words.deviation("val_accuracy", 0.0061) == " ± 0.6"
    assert words.deviation("val_loss", 0.0123) == " ± 0.012"
    assert words.deviation("val_loss", None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (12.3, "12 s"),
        (59.7, "1 min 0 s"),
        (130, "2 min 10 s"),
        (3600, "1 h 0 min"),
        (11_160, "3 h 6 min"),
        (187_200, "2 d 4 h"),
        (-1, "–"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_times(seconds: float | None, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (18_300, "18.3 kB"),
        (999_990, "1.0 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes(length: int, text: str) -> None:
    assert words.size(length) == text


def test_counts_are_grouped_and_agree_with_their_noun() -> None:
    assert words.counted(1, "trial") == "1 trial"
    assert words.counted(1024, "trial") == "1\u2009024 trials"
    assert words.counted(2, "study", "studies") == "2 studies"


def test_moments() -> None:
    assert words.moment(datetime(2026, 3, 4, 5, 6, tzinfo=UTC)) == "2026-03-04 05:06 UTC"
    assert words.moment(None) == "–"


def test_names_of_paths() -> None:
    assert words.path("optimizer.weight_decay") == "weight decay"
    assert words.path("schedule.warm_up") == "warm up"
    assert words.path_title("optimizer.lr") == "Learning rate"
    assert words.path_title("model.dropout") == "model.dropout"


def test_evidence_is_flat_and_short() -> None:
    facts = {
        "layers": {"fc1": 0.0206123, "output": None},
        "losses": [1.0] * 12,
        "last_epoch": 3,
        "why": "y" * 99,
    }
    assert dict(words.evidence(facts)) == {
        "layers, fc1": "0.0206",
        "layers, output": "–",
        "losses": ", ".join(["1"] * 8) + " and 4 more",
        "last epoch": "3",
        "why": "y" * 99,
    }


@given(ANY)
def test_no_setting_shows_nan_or_long_fractions(value: Any) -> None:
    shown = words.param(value)
    if isinstance(value, float):
        assert "nan" not in shown
        assert "inf" not in shown
        assert len(shown.lstrip("-")) <= 8


@given(st.floats(1e-12, 1e12))
def test_a_drawn_setting_keeps_two_digits(value: float) -> None:
    assert float(words.param(value)) == pytest.approx(value, rel=0.051)


@given(st.floats(1e-9, 1e9))
def test_a_floor_is_below_and_near(value: float) -> None:
    floor = float(words.floor_setting(value))
    assert floor <= value * (1 + 1e-9)
    assert floor >= value * 0.89


@given(
    st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(["val_loss", "val_accuracy"])
)
def test_objectives_never_say_nan(value: float, metric: str) -> None:
    assert re.fullmatch(r"–|-?[\d.e-]+( %)?", words.objective(metric, value))


@given(st.dictionaries(st.text(), ANY | st.dictionaries(st.text(), st.floats())))
def test_all_evidence_can_be_written(facts: dict[str, Any]) -> None:
    assert all(isinstance(text, str) for pair in words.evidence(facts) for text in pair)


@given(st.floats(0, 1e9))
def test_durations_have_at_most_two_units(seconds: float) -> None:
    assert re.fullmatch(r"[\d.]+ (s|min \d+ s|h \d+ min|d \d+ h)", words.duration(seconds))
