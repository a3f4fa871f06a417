"""The contract of every figure: valid for Plotly, finite, captioned, and drawn from anything."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics import History, Severity
from diagnostics.parts import Folder
from service.dashboard.figures import (
    STUDY_FIGURES,
    TRIAL_FIGURES,
    Drawing,
    StudyFigure,
    StudyScene,
    TrialFigure,
    TrialScene,
)
from service.dashboard.figures.scene import Axis, Confusion, Level, Marked, Point, Shape
from service.dashboard.views import Mark
from service.tables import TRIAL_STATES

LR = Axis("optimizer.lr", 1e-4, 1.0, log=True)
WD = Axis("optimizer.weight_decay", 1e-6, 0.1, log=True)
DROPOUT = Axis("model.dropout", 0.0, 0.5, log=False)

VALUES = st.none() | st.floats(-1e100, 1e100)
STUDIES = st.builds(
    StudyScene,
    metric=st.sampled_from(["val_accuracy", "val_loss"]),
    maximize=st.booleans(),
    axes=st.sampled_from([(), (LR,), (LR, WD), (DROPOUT, LR, WD)]),
    points=st.lists(
        st.builds(
            Point,
            trial=st.integers(1, 99),
            number=st.integers(0, 10**6),
            state=st.sampled_from(TRIAL_STATES),
            params=st.dictionaries(
                st.sampled_from([LR.path, WD.path, DROPOUT.path]),
                st.floats() | st.text() | st.integers(),
            ),
            value=VALUES,
        ),
        max_size=12,
    ).map(tuple),
)
SCALARS = ["train_loss", "val_loss", "train_accuracy", "val_accuracy", "lr"]
LAYERED = [
    signal
    for name in TRIAL_FIGURES.names()
    for signal in ("activation_spread", *TRIAL_FIGURES.load(name).signals)
    if signal not in SCALARS
]
ROWS = st.dictionaries(
    st.integers(0, 40),
    st.dictionaries(st.sampled_from(SCALARS), VALUES)
    | st.dictionaries(
        st.sampled_from(LAYERED),
        st.dictionaries(st.text(max_size=9), VALUES),
    ),
    max_size=8,
)
TRIALS = st.builds(
    TrialScene,
    history=ROWS.map(lambda rows: History(rows=rows)),
    epochs=st.integers(1, 100),
    ended=st.booleans(),
    uninformed=st.none() | st.builds(Level, st.just("log C"), st.floats(1e-3, 20)),
    best_epoch=st.none() | st.integers(1, 40),
    marks=st.lists(
        st.builds(
            Marked,
            check=st.text(max_size=9),
            mark=st.builds(Mark, st.sampled_from(Severity)),
            summary=st.text(),
            epoch=st.integers(1, 40),
        ),
        max_size=5,
    ).map(tuple),
    shapes=st.lists(
        st.builds(Shape, st.text(min_size=1, max_size=9), st.none() | st.integers(0, 40)),
        max_size=2,
    ).map(tuple),
    gap=st.none() | st.integers(1, 40),
    confusion=st.none() | st.integers(1, 20).map(lambda n: Confusion(((n,) * n,) * n, ("x",) * n)),
)


def named(folder: Folder) -> list[Any]:
    return [pytest.param(folder.load(name)(), id=name) for name in folder.names()]


def sound(drawing: Drawing) -> None:
    """Plotly takes it, it is JSON without nan, and it says something."""
    json.dumps(drawing, allow_nan=False)
    figure = go.Figure(drawing)
    meta = drawing["layout"]["meta"]
    assert meta["caption"] if figure.data or "drawn_by" in meta else meta["empty"]
    assert not any("gl" in trace["type"] for trace in drawing["data"])


def plane(*points: Point, **facts: Any) -> StudyScene:
    return StudyScene("val_accuracy", True, (LR, WD), points, **facts)


def at(number: int, lr: float, value: float | None, state: str = "complete") -> Point:
    return Point(100 + number, number, state, {LR.path: lr, WD.path: 1e-4}, value)


def run(epochs: int = 10, **series: list[Any]) -> TrialScene:
    """A trial whose `series` (signal → value per epoch from 1) were recorded."""
    history = History()
    for name, values in series.items():
        for epoch, value in enumerate(values, 1):
            history.record(epoch, {name: value})
    return TrialScene(history, epochs, ended=True)


@pytest.mark.parametrize("figure", named(STUDY_FIGURES))
@settings(deadline=None, max_examples=40)
@given(scene=STUDIES)
def test_any_study_can_be_drawn(figure: StudyFigure, scene: StudyScene) -> None:
    sound(figure.draw(scene))


@pytest.mark.parametrize("figure", named(TRIAL_FIGURES))
@settings(deadline=None, max_examples=40)
@given(scene=TRIALS)
def test_any_trial_can_be_drawn(figure: TrialFigure, scene: TrialScene) -> None:
    sound(figure.draw(scene))


@pytest.mark.parametrize("figure", named(STUDY_FIGURES))
def test_a_new_study_says_what_will_come(figure: StudyFigure) -> None:
    drawing = figure.draw(plane())
    assert drawing["data"] == []
    assert drawing["layout"]["meta"]["empty"].endswith(".")


@pytest.mark.parametrize("figure", named(TRIAL_FIGURES))
def test_a_new_trial_says_what_will_come(figure: TrialFigure) -> None:
    waiting = TrialScene(History(), 20, ended=False)
    assert "first epoch" in figure.draw(waiting)["layout"]["meta"]["empty"]
    unmeasured = figure.draw(run(loss_first=[1.0, 0.9]))
    assert "did not measure" in unmeasured["layout"]["meta"]["empty"]


@pytest.mark.parametrize("figure", named(STUDY_FIGURES) + named(TRIAL_FIGURES))
def test_every_figure_has_a_title_and_a_place(figure: StudyFigure | TrialFigure) -> None:
    assert figure.title
    assert 1 <= figure.columns <= 12
    assert type(figure).__doc__


def landscape(scene: StudyScene) -> Drawing:
    return STUDY_FIGURES.load("landscape")().draw(scene)


def history(scene: StudyScene) -> Drawing:
    return STUDY_FIGURES.load("history")().draw(scene)


def trial(name: str, scene: TrialScene) -> Drawing:
    return TRIAL_FIGURES.load(name)().draw(scene)


def caption(drawing: Drawing) -> str:
    return str(drawing["layout"]["meta"]["caption"])


def traces(drawing: Drawing, name: str) -> Iterator[dict[str, Any]]:
    return (t for t in drawing["data"] if t.get("name") == name and t["x"] != [None])


def test_both_axes_of_the_plane_are_logarithmic_and_as_wide_as_the_search() -> None:
    layout = landscape(plane(at(0, 0.01, 0.9)))["layout"]
    for axis, searched in (("xaxis", LR), ("yaxis", WD)):
        assert layout[axis]["type"] == "log"
        low, high = layout[axis]["range"]
        assert 10**low < searched.low < searched.high < 10**high < 2 * searched.high


def test_infeasible_trials_have_a_red_cross_of_their_own() -> None:
    drawing = landscape(plane(at(0, 0.01, 0.9), at(1, 0.9, None, "infeasible")))
    [crossed] = traces(drawing, "infeasible")
    assert crossed["marker"]["symbol"] == "x-thin"
    assert crossed["marker"]["line"]["color"] == "#b3261e"
    assert crossed["text"] == ["Trial 1: infeasible, diverged, lr 0.9, weight decay 1e-4"]
    [complete] = traces(drawing, "complete")
    assert complete["marker"]["coloraxis"] == "coloraxis"


def test_every_state_has_a_sign_of_its_own() -> None:
    points = [at(i, 0.01, 0.5, state) for i, state in enumerate(TRIAL_STATES)]
    drawing = landscape(plane(*points))
    signs = {
        trace["marker"]["symbol"] + str(trace["marker"]["size"])
        for state in TRIAL_STATES
        for trace in traces(drawing, state)
    }
    assert len(signs) == len(TRIAL_STATES)


def test_a_crowd_is_drawn_small_with_the_best_on_top() -> None:
    rates = [10 ** (-4 + 4 * i / 600) for i in range(600)]
    crowd = plane(*(at(i, lr, 0.9 - i / 10_000) for i, lr in enumerate(rates)))
    [complete] = traces(landscape(crowd), "complete")
    assert complete["marker"]["size"] < 11
    assert complete["customdata"][-1] == 100


def test_losses_are_bright_when_low() -> None:
    low_is_good = replace(
        plane(at(0, 0.01, 2.0), at(1, 0.1, 0.1)), metric="val_loss", maximize=False
    )
    scale = landscape(low_is_good)["layout"]["coloraxis"]
    assert scale["reversescale"] is True
    assert scale["cmin"] == 0.1
    assert "Best at lr 0.1," in caption(landscape(low_is_good))


def test_single_bad_trials_do_not_flatten_the_colours() -> None:
    good = [at(i, 0.01, 0.9 + i / 1000) for i in range(20)]
    drawing = landscape(plane(at(99, 1e-4, 0.1), *good))
    assert drawing["layout"]["coloraxis"]["cmin"] > 89
    assert "or less" in caption(drawing)


def test_points_beyond_the_search_are_told() -> None:
    assert "1 point beyond the searched range" in caption(landscape(plane(at(0, 1000.0, 0.1))))


def test_trials_without_a_place_are_told() -> None:
    nowhere = Point(1, 1, "complete", {LR.path: 0.1, WD.path: 0.0}, 0.9)
    assert "Off the axes: 1 trial (a log axis has no 0)." in caption(
        landscape(plane(at(0, 0.1, 0.9), nowhere))
    )


def test_one_numeric_path_is_drawn_against_the_objective() -> None:
    drawing = landscape(replace(plane(at(0, 0.1, 0.9)), axes=(LR,)))
    assert drawing["layout"]["yaxis"]["title"]["text"] == "Validation accuracy, %"
    [complete] = traces(drawing, "complete")
    assert complete["y"] == [90.0]
    without = landscape(replace(plane(at(0, 0.1, None, "running")), axes=(LR,)))
    assert without["layout"]["meta"]["empty"]


def test_the_best_so_far_is_a_stair() -> None:
    scene = plane(at(0, 0.1, 0.5), at(1, 0.1, 0.4), at(2, 0.1, 0.8), at(3, 0.1, 0.7))
    [line] = traces(history(scene), "best so far")
    assert line["x"] == [0, 2, 3]
    assert line["y"] == [50.0, 80.0, 80.0]
    assert line["line"]["shape"] == "hv"
    assert caption(history(scene)) == "Best since trial 2: 80.0 %."


def test_trials_without_a_value_stand_at_the_worst_edge() -> None:
    drawing = history(plane(at(0, 0.1, 0.5), at(1, 0.1, 0.9), at(2, 0.9, None, "infeasible")))
    [crossed] = traces(drawing, "infeasible")
    low, high = drawing["layout"]["yaxis"]["range"]
    assert low < crossed["y"][0] < low + 0.05 * (high - low)


def test_outliers_do_not_stretch_the_history_and_are_told() -> None:
    values = [0.1 + i / 1000 for i in range(30)]
    points = [at(i, 0.1, value) for i, value in enumerate([1e9, *values])]
    scene = replace(plane(*points), metric="val_loss", maximize=False)
    drawing = history(scene)
    assert drawing["layout"]["yaxis"]["range"][1] < 1
    assert "1 value beyond the axis" in caption(drawing)


def test_hostile_names_stay_text() -> None:
    evil = "<a href='javascript:1'>x</a>"
    point = Point(1, 0, "complete", {LR.path: 0.1, WD.path: 0.1, "model.x": evil}, 0.9)
    scene = StudyScene("val_accuracy", True, (LR, WD, Axis("model.x", 0, 1, log=False)), (point,))
    layers = run(update_ratio=[{evil: 0.001}] * 3)
    for drawing in (landscape(scene), trial("update_ratio", layers)):
        assert "<a" not in json.dumps({**drawing, "layout": {**drawing["layout"], "meta": None}})


def test_log_c_is_a_named_line_that_fits() -> None:
    scene = replace(run(val_loss=[0.5, 0.4]), uninformed=Level("log C", math.log(10)))
    layout = trial("loss", scene)["layout"]
    assert "log C = 2.303" in [note["text"] for note in layout["annotations"]]
    assert layout["yaxis"]["range"][1] > math.log(10)


def test_both_losses_are_named_at_their_ends() -> None:
    scene = run(train_loss=[1.0, 0.5, 0.1], val_loss=[1.0, 0.5, 0.101])
    notes = {n["text"]: n["y"] for n in trial("loss", scene)["layout"]["annotations"]}
    assert abs(notes["training"] - notes["validation"]) > 0.05
    assert "lowest 0.101" in caption(trial("loss", scene))


def test_a_loss_that_blows_up_is_marked_where_it_does() -> None:
    drawing = trial("loss", run(train_loss=[2.0, 40.0, None], val_loss=[2.0, 41.0, None]))
    assert drawing["layout"]["shapes"][-1]["x0"] == 3
    assert caption(drawing).endswith("then diverged.")
    assert caption(trial("loss", run(val_loss=[None], train_loss=[2.0]))).endswith("first epoch.")


def test_one_epoch_is_told_as_one() -> None:
    assert caption(trial("loss", run(val_loss=[2.4]))) == "Validation loss 2.40 after one epoch."


def test_a_loss_over_decades_is_read_on_a_log_axis() -> None:
    assert trial("loss", run(train_loss=[2.0, 0.001]))["layout"]["yaxis"]["type"] == "log"
    assert trial("loss", run(train_loss=[2.0, 0.5]))["layout"]["yaxis"]["type"] == "linear"


def test_accuracy_is_in_percent_and_noise_stays_small() -> None:
    scene = run(train_accuracy=[0.95, 0.99], val_accuracy=[0.97, 0.972])
    drawing = trial("accuracy", replace(scene, best_epoch=2))
    low, high = drawing["layout"]["yaxis"]["range"]
    assert high - low >= 10
    assert caption(drawing) == (
        "Validation accuracy up to 97.2 %; best epoch 2; training ends 1.8 points above."
    )
    assert "not measured" in caption(trial("accuracy", run(train_accuracy=[0.5])))


def test_the_schedule_is_told() -> None:
    drawing = trial("learning_rate", run(lr=[0.1, 0.05, 0.0]))
    assert caption(drawing) == "From 0.1 to 0."
    assert caption(trial("learning_rate", run(lr=[0.1, 0.1]))) == "0.1 throughout."
    assert drawing["layout"]["yaxis"]["range"][0] == 0
    steps = run(lr=[1.0, 0.1, 0.01, 0.001])
    assert trial("learning_rate", steps)["layout"]["yaxis"]["type"] == "log"


def test_the_rule_of_thumb_and_its_band_are_drawn() -> None:
    layout = trial("update_ratio", run(update_ratio=[{"fc1": 0.02, "out": 1e-5}] * 4))["layout"]
    assert layout["yaxis"]["type"] == "log"
    assert any(note["text"].startswith("1e-3") for note in layout["annotations"])
    band, line = layout["shapes"]
    assert (band["y0"], band["y1"]) == (1e-4, 1e-2)
    assert line["y0"] == 1e-3
    assert "Above it in most epochs: fc1." in layout["meta"]["caption"]
    assert "Below it in most epochs: out." in layout["meta"]["caption"]


def test_many_layers_are_cut_and_named_on_hover() -> None:
    layers = {f"layer {i}": 0.02 for i in range(40)}
    drawing = trial("update_ratio", run(update_ratio=[layers] * 3))
    assert len(drawing["data"]) == 24
    assert "24 of 40 layers" in caption(drawing)
    assert "and 37 more" in caption(drawing)
    assert len(drawing["layout"]["annotations"]) == 1
    assert drawing["data"][0]["text"][0] == "layer 0, epoch 1: 0.02"


def test_a_running_curve_grows_into_its_axis() -> None:
    scene = replace(run(epochs=20, val_loss=[1.0, 0.9]), ended=False)
    assert trial("loss", scene)["layout"]["xaxis"]["range"][1] > 20
    assert trial("loss", replace(scene, ended=True))["layout"]["xaxis"]["range"][1] < 3


def test_a_redraw_keeps_the_zoom() -> None:
    drawings = [history(plane(at(0, 0.1, 0.5))), trial("loss", run(val_loss=[1.0]))]
    assert {d["layout"]["uirevision"] for d in drawings} == {"keep"}


def test_searched_settings_that_are_no_axes_are_named() -> None:
    params = {LR.path: 0.1, "model.activation": {"name": "elu", "alpha": 0.5}, "loss": "mse"}
    point = Point(7, 0, "complete", params, 0.9)
    others = ("model.activation", "loss")
    scene = StudyScene("val_accuracy", True, (LR,), (point,), others=others)
    drawing = landscape(scene)
    assert caption(drawing) == "Best at lr 0.1, with activation elu (alpha 0.5), loss mse."
    said = "Trial 0: 90.0 %, lr 0.1, activation elu (alpha 0.5), loss mse"
    assert drawing["data"][0]["text"] == [said]
    long = replace(point, params=params | {"loss": {"name": "x" * 80}})
    drawing = landscape(replace(scene, points=(long,)))
    assert caption(drawing) == "Best at lr 0.1; its other settings: see the table."
