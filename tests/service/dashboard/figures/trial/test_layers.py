"""Figures with a value per layer: heat maps, curves, and what was measured before training."""

from typing import Any

import pytest

from diagnostics import History
from service.dashboard.figures import TRIAL_FIGURES, Drawing, TrialScene
from service.dashboard.figures.curves import telling


def drawn(name: str, rows: dict[int, dict[str, Any]], *, ended: bool = True) -> Drawing:
    figure = TRIAL_FIGURES.load(name)()
    drawing: Drawing = figure.draw(TrialScene(History(rows=rows), 10, ended))
    return drawing


def caption(drawing: Drawing) -> str:
    return str(drawing["layout"]["meta"]["caption"])


def test_the_gradient_is_a_map_of_layers_over_epochs() -> None:
    norms = {1: {"fc1": 0.1, "output": 10.0}, 2: {"fc1": 0.0, "output": None}}
    drawing = drawn("gradient_norm", {e: {"gradient_norm": n} for e, n in norms.items()})
    (trace,) = drawing["data"]
    assert (trace["type"], trace["x"], trace["y"]) == ("heatmap", [1, 2], [0, 1])
    assert trace["z"] == [[-1.0, None], [1.0, None]]
    assert trace["text"][0] == ["fc1, epoch 1: 0.1", "fc1, epoch 2: 0"]
    assert trace["text"][1][1] == "output, epoch 2: not finite"
    assert trace["colorbar"]["ticktext"] == ["0.1", "1", "10"]
    assert drawing["layout"]["yaxis"]["ticktext"] == ["fc1", "output"]
    assert drawing["layout"]["yaxis"]["range"] == [1.5, -0.5]  # the first layer at the top
    assert "differ by a factor of 200" in caption(drawing)


def test_a_layer_without_any_gradient_is_told() -> None:
    rows = {e: {"gradient_norm": {"fc1": 0.0, "output": 1.0}} for e in (1, 2)}
    assert "1 layer without any gradient" in caption(drawn("gradient_norm", rows))
    rows = {e: {"gradient_norm": {"fc1": 0.0}} for e in (1, 2)}
    meta = drawn("gradient_norm", rows)["layout"]["meta"]
    assert meta["empty"] == "No gradient reached any layer."


def test_long_runs_and_deep_models_are_drawn_small() -> None:
    norms = {f"layer {i}": 1.0 for i in range(100)}
    drawing = drawn("gradient_norm", {e: {"gradient_norm": norms} for e in range(1, 1001)})
    (trace,) = drawing["data"]
    assert (len(trace["z"]), len(trace["z"][0])) == (60, 200)
    assert "the first 60 of 100 layers" in caption(drawing)


def test_weights_that_grow_are_named() -> None:
    rows = {
        1: {"weight_norm": {"fc1": 1.0, "fc2": 4.0, "output": 2.0}},
        2: {"weight_norm": {"fc1": 3.0, "fc2": 1.0, "output": 2.1}},
    }
    said = caption(drawn("weight_norm", rows))
    assert said == "More than doubled: fc1. Less than half of what it was: fc2."
    rows = {e: {"weight_norm": {"fc1": 1.0}} for e in (1, 2)}
    assert caption(drawn("weight_norm", rows)) == "No layer has doubled or halved."


def test_activations_have_a_band_of_one_deviation() -> None:
    rows = {e: {"activation_rms": {"fc1": 2.0}, "activation_spread": {"fc1": 0.25}} for e in (1, 2)}
    band, curve = drawn("activations", rows)["data"]
    assert band["y"] == [2.5, 2.5, 1.5, 1.5]
    assert band["x"] == [1, 2, 2, 1]
    assert curve["y"] == [2.0, 2.0]


def test_activations_of_the_start_are_points_by_layer() -> None:
    rows: dict[int, dict[str, Any]] = {
        0: {
            "activation_rms": {"fc1": 2.0, "output": 1.0},
            "activation_spread": {"fc1": 0.25, "output": 0.5},
        }
    }
    drawing = drawn("activations", rows)
    (points,) = drawing["data"]
    assert (points["y"], points["error_y"]["array"]) == ([2.0, 1.0], [0.5, 0.5])
    assert drawing["layout"]["xaxis"]["ticktext"] == ["fc1", "output"]
    assert "Before training" in caption(drawing)
    assert "The largest is 2 times the smallest." in caption(drawing)


def test_outputs_that_do_not_depend_on_the_sample_are_told() -> None:
    rows = {1: {"activation_rms": {"fc1": 2.0}, "activation_spread": {"fc1": 0.001}}}
    assert "Hardly any difference between samples: fc1." in caption(drawn("activations", rows))


def test_silent_units_are_named_by_layer_and_kind() -> None:
    rows = {
        e: {"dead_units": {"relu1": 0.1 * e, "relu2": 0.0}, "saturated_units": {"tanh1": 0.05}}
        for e in (1, 2)
    }
    drawing = drawn("silent_units", rows)
    assert [trace["name"] for trace in drawing["data"]] == ["relu1 dead", "tanh1 saturated"]
    assert drawing["data"][0]["y"] == [10.0, 20.0]
    assert caption(drawing) == ("In the last epoch: relu1 dead 20.0 %, tanh1 saturated 5.0 %.")


@pytest.mark.parametrize("epoch", [0, 1])
def test_where_no_unit_is_silent_one_line_says_so(epoch: int) -> None:
    meta = drawn("silent_units", {epoch: {"dead_units": {"relu1": 0.0}}})["layout"]["meta"]
    assert "o unit is dead or saturated in any layer." in meta["empty"]


def test_silent_units_of_the_start_are_bars() -> None:
    rows: dict[int, dict[str, Any]] = {0: {"dead_units": {"relu1": 0.25}, "saturated_units": {}}}
    (bar,) = drawn("silent_units", rows)["data"]
    assert (bar["type"], bar["name"], bar["y"]) == ("bar", "dead", [25.0])


def test_a_thinned_curve_keeps_its_ends_and_its_spikes() -> None:
    numbers: list[float | None] = [1.0] * 10_000
    numbers[777], numbers[5555] = 50.0, None
    kept = telling(numbers, 100)
    assert len(kept) <= 100
    assert {0, 777, 5555} <= set(kept)
    assert kept == sorted(kept)
    assert telling(numbers[:100], 100) == list(range(100))
