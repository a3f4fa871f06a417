"""Which charts a history gives, and what they are compared with."""

import math
from typing import Any

import pytest
from hypothesis import given, settings

from diagnostics import Facts, History
from diagnostics.page.chart import Chart, drawn
from diagnostics.page.curves import charts
from tests.diagnostics.courses import histories
from tests.diagnostics.histories import run
from tests.diagnostics.page.reading import read

LAYERS = tuple(f"block{n}.conv" for n in range(9))


def titled(history: History, word: str) -> Chart:
    (found,) = [chart for chart in charts(history) if chart.title.startswith(word)]
    return found


def recorded(**signals: list[Any]) -> History:
    """A value for each epoch, from 1."""
    history = History()
    for name, values in signals.items():
        for epoch, value in enumerate(values, 1):
            history.record(epoch, {name: value})
    return history


@settings(max_examples=150, deadline=None)
@given(histories())
def test_any_history_can_be_drawn(history: History) -> None:
    for chart in charts(history):
        text = read(drawn(chart)).one("figure").text
        assert "nan" not in text
        assert "inf" not in text


def test_a_full_history_gives_every_chart() -> None:
    history = run([2.0, 1.5, 1.0], val=[2.1, 1.6, 1.2])
    layer: dict[str, float | None] = {"fc1": 0.5, "fc2": 0.25}
    history.record(3, {"train_accuracy": 0.8, "gradient_norm": layer, "dead_units": layer})
    history.record(0, {"tiny_own_loss": [2.3, 1.0], "tiny_own_steps": 50.0, "tiny_baseline": 2.3})
    words = [chart.title.split()[0].rstrip(":") for chart in charts(history)]
    expected = ["Loss", "Accuracy", "Learning", "Update", "Gradient", "Dead", "Twenty"]
    assert words == expected


def test_the_baseline_is_named_by_what_it_is() -> None:
    expected = "log 10 = 2.303"
    (level,) = titled(run([2.0, 1.0]), "Loss").levels
    assert level.name == expected
    history = run([2.0, 1.0])
    history.record(0, {"baseline_loss": 1.5})
    (level,) = titled(history, "Loss").levels
    assert (level.value, level.name) == (1.5, "without inputs = 1.500")


def test_label_smoothing_has_a_floor() -> None:
    facts = Facts(classes=10, loss="cross_entropy", label_smoothing=0.1)
    floor = titled(run([2.0, 1.0], facts=facts), "Loss").levels[1]
    assert floor.name == "smallest there is = 0.500"
    assert floor.value == pytest.approx(0.5003, abs=1e-4)


def test_a_flat_loss_looks_flat() -> None:
    chart = titled(run([2.31, 2.3099, 2.3101], initial=2.31), "Loss")
    assert chart.up.low == 0
    assert not chart.up.log


def test_the_baseline_is_on_the_axis_of_a_run_far_below_it() -> None:
    low = titled(run([0.11, 0.1] * 10, initial=None), "Loss")
    assert low.up.place(low.levels[0].value) < 1
    far = titled(run([1e-3, 9e-4] * 10, initial=2.4), "Loss")
    assert far.up.log
    assert far.up.beyond([1e-3, 2.4]) == []


def test_a_loss_that_is_lost_is_told() -> None:
    chart = titled(run([2.0, 1.5, math.nan, math.nan], val=[2.1, 1.6, 1.7, 1.8]), "Loss")
    assert chart.moment == (3.0, "diverged")
    assert chart.caption == "Training 1.50 at epoch 2, then not finite; validation 1.80 at the end."


def test_an_outlier_is_told() -> None:
    chart = titled(run([2.0 + 0.01 * n for n in range(20)] + [90.0]), "Loss")
    assert chart.caption.endswith("2 values beyond the axis, as far as 90.0.")


@pytest.mark.parametrize(
    ("lr", "caption", "log"),
    [
        ([0.1] * 5, "0.1 throughout.", False),
        ([0.1, 0.05, 0.0], "From 0.1 to 0.", False),
        ([0.1, 0.001, 0.001, 0.001], "From 0.1 to 0.001.", True),
    ],
)
def test_the_schedule_is_told(lr: list[float], caption: str, log: bool) -> None:
    chart = titled(recorded(lr=list(lr)), "Learning")
    assert (chart.caption, chart.up.log) == (caption, log)


def test_layers_outside_of_the_band_are_named() -> None:
    ratios: list[object] = [{"fc1": 1e-6, "fc2": 1e-3, "fc3": 0.5}] * 3
    chart = titled(recorded(update_ratio=ratios), "Update")
    said = "Above it in most epochs: fc3. Below it in most epochs: fc1."
    assert chart.caption == f"The band, 1e-4 to 1e-2, is fine. {said}"
    assert chart.band == (1e-4, 1e-2)
    assert chart.up.beyond([1e-6, 0.5]) == []


def test_no_gradient_is_told_and_has_its_place() -> None:
    norms: list[object] = [{"0": 0.5, "2": 0.5}, {"0": 0.0, "2": 0.5}]
    chart = titled(recorded(gradient_norm=norms), "Gradient")
    assert chart.caption == "No gradient arrives at the end: layer 0."
    assert chart.up.place(0.0) == 0
    assert chart.up.place(0.5) > 0.2


def test_how_much_reaches_the_first_layer_is_told() -> None:
    norms: list[object] = [{"fc1": 1e-7, "fc2": 0.5}]
    caption = titled(recorded(gradient_norm=norms), "Gradient").caption
    assert caption == "At the end the first layer, fc1, gets 2e-7 times what the last one gets."


def test_of_many_layers_the_ends_are_named() -> None:
    shares: list[object] = [{name: 0.1 * (n % 7) for n, name in enumerate(LAYERS)}]
    chart = titled(recorded(dead_units=shares), "Dead")
    named = [line.name for line in chart.lines if not line.unnamed]
    assert named == ["block0.conv", "block6.conv", "block8.conv"]
    assert all((line.tone is None) == line.unnamed for line in chart.lines)
    assert "3 of 9 layers are named." in chart.caption


def test_before_training_the_layers_stand_side_by_side() -> None:
    history = History()
    history.record(0, {"gradient_norm": {"0": 1e-6, "2": 0.1}, "activation_rms": {"0": 1.0}})
    (chart,) = charts(history)
    assert chart.caption == "Before training. From the first layer, layer 0, to the last, layer 2."
    assert chart.lines[0].points == ((1.0, 1e-6), (2.0, 0.1))


def test_courses_on_twenty_rows_keep_their_steps() -> None:
    history = History()
    history.record(0, {"tiny_own_loss": [2.3, 1.2, 0.1], "tiny_own_steps": 500.0})
    history.record(0, {"tiny_higher_loss": [2.3, 1e19], "tiny_higher_steps": 10.0})
    history.record(0, {"tiny_baseline": 2.3})
    (chart,) = charts(history)
    own, higher = chart.lines
    assert [x for x, _ in own.points] == [0.0, 250.0, 500.0]
    assert higher.points[-1] == (10.0, 1e19)
    assert chart.up.high < 1e5
    assert "1 value beyond the axis, as far as 1e19." in chart.caption
