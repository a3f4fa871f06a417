"""The map: a surface between trials, a hatched region where they diverge, equal products."""

import json
import time
from typing import Any

import numpy as np
import pytest

from service.dashboard.figures import STUDY_FIGURES, Drawing, StudyScene
from tests.service.dashboard.figures.study.crowds import (
    DROPOUT,
    LR,
    TOO_HIGH,
    WD,
    at_random,
    study,
    trial,
)

LARGE = 20_000
MOST_BYTES = 80_000
FIGURES = ("landscape", "history", "projection", "isolation")


def draw(scene: StudyScene) -> Drawing:
    drawing: Drawing = STUDY_FIGURES.load("landscape")().draw(scene)
    return drawing


def trace(drawing: Drawing, name: str) -> dict[str, Any]:
    [found] = [t for t in drawing["data"] if t.get("name") == name and t["x"] != [None]]
    return found


def names(drawing: Drawing) -> list[str]:
    return [note["text"] for note in drawing["layout"]["annotations"]]


@pytest.mark.parametrize("name", FIGURES)
def test_a_large_study_is_a_small_drawing_and_quick(name: str) -> None:
    scene = study(at_random(LARGE), LR, WD, DROPOUT)
    figure = STUDY_FIGURES.load(name)()
    figure.draw(study(at_random(50)))  # scipy comes with the first drawing
    began = time.perf_counter()
    drawing = figure.draw(scene)
    assert time.perf_counter() - began < 2.0  # a tenth of it on a quiet machine
    assert len(json.dumps(drawing, allow_nan=False, separators=(",", ":"))) < MOST_BYTES
    assert sum(len(t.get("customdata", ())) for t in drawing["data"]) < 800


def test_the_caption_says_how_many_trials_stand_behind() -> None:
    caption = draw(study(at_random(2000)))["layout"]["meta"]["caption"]
    assert "Of 2\u2009000 trials, the best at each spot." in caption
    assert "at each spot" not in draw(study(at_random(64)))["layout"]["meta"]["caption"]


def test_the_surface_is_highest_where_the_trials_are_best() -> None:
    surface = trace(draw(study(at_random(300))), "between trials")
    z = np.array(surface["z"], dtype=float)
    row, column = np.unravel_index(np.nanargmax(z), z.shape)
    assert 0.01 < surface["x"][column] < 0.16
    assert 1e-5 < surface["y"][row] < 1e-3
    assert surface["type"] == "contour"
    assert "coloraxis" not in surface  # Plotly warns without end where points share it


def test_no_surface_is_guessed_from_few_trials() -> None:
    drawing = draw(study(at_random(6)))
    assert not [t for t in drawing["data"] if t["type"] == "contour"]


def test_the_infeasible_region_is_hatched_and_named() -> None:
    drawing = draw(study(at_random(300)))
    assert "infeasible" in names(drawing)
    hatches = [x for x in trace(drawing, "infeasible region")["x"] if x is not None]
    assert len(hatches) > 20
    assert min(hatches) > TOO_HIGH / 2
    assert max(hatches) > 0.9


def test_what_diverges_has_no_surface() -> None:
    surface = trace(draw(study(at_random(300))), "between trials")
    far = [row[column] for row in surface["z"] for column, x in enumerate(surface["x"]) if x > 0.85]
    assert far
    assert set(far) == {None}


def test_a_healthy_study_has_no_hatches() -> None:
    healthy = [p for p in at_random(100) if p.state == "complete"]
    drawing = draw(study(healthy))
    assert "infeasible" not in names(drawing)
    assert "infeasible" not in drawing["layout"]["meta"]["caption"]


def test_from_which_rate_on_all_is_infeasible() -> None:
    rates = [1e-3, 1e-2, 0.1, 0.2, 0.35, 0.5, 0.9]
    points = [trial(i, lr) for i, lr in enumerate(rates)]
    caption = draw(study(points))["layout"]["meta"]["caption"]
    assert "From lr 0.35 on, all 3 trials are infeasible." in caption
    fine = [*points, trial(9, 0.29)]
    fine[-1].params[LR.path] = 0.95
    assert "From lr" not in draw(study(fine))["layout"]["meta"]["caption"]
    both = draw(study(points[:-1]))["layout"]["meta"]["caption"]
    assert "From lr 0.35 on, both trials are infeasible." in both


def test_equal_products_are_straight_lines_with_names() -> None:
    drawing = draw(study(at_random(64)))
    shapes = drawing["layout"]["shapes"]
    assert 2 <= len(shapes) <= 4
    for shape, name in zip(shapes, names(drawing), strict=False):
        product = shape["x0"] * shape["y0"]
        assert product == pytest.approx(shape["x1"] * shape["y1"])
        assert product == pytest.approx(float(name))
    assert "Dotted: equal lr × weight decay." in drawing["layout"]["meta"]["caption"]


def test_other_axes_have_no_diagonals() -> None:
    drawing = draw(study(at_random(64), LR, DROPOUT))
    assert drawing["layout"]["shapes"] == []
    assert "Dotted" not in drawing["layout"]["meta"]["caption"]


def test_with_one_axis_the_infeasible_trials_stand_at_the_worst_edge() -> None:
    drawing = draw(study([trial(0, 0.01), trial(1, 0.001), trial(2, 0.9)], LR))
    low, high = drawing["layout"]["yaxis"]["range"]
    assert low < trace(drawing, "infeasible")["y"][0] < low + 0.05 * (high - low)
