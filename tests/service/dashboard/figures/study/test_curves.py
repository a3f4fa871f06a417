"""All learning curves in one plot: what is seen of many, and of those that went wrong."""

import json
import math
from typing import Any

from service.dashboard.figures.scene import Curve, Point
from service.dashboard.figures.shades import SHADES
from service.dashboard.figures.study.curves import Curves
from tests.service.dashboard.figures.study.scenes import point, study


def curve(of: Point, *losses: float | None) -> Curve:
    """Its training loss is half of its validation loss."""
    halves = tuple(None if loss is None else loss / 2 for loss in losses)
    values = tuple(None if loss is None else 1 - loss for loss in losses)
    return Curve(of, tuple(range(1, len(losses) + 1)), halves, losses, values)


def falling(of: Point, epochs: int = 10, by: float = 0.8) -> Curve:
    return curve(of, *(2.3 * by**n for n in range(epochs)))


def drawn(*curves: Curve, **facts: Any) -> dict[str, Any]:
    points = facts.pop("points", tuple(c.point for c in curves))
    return Curves().draw(study(*points, curves=curves, **facts))


def of_trial(drawing: dict[str, Any], trial: int, view: str = "validation") -> dict[str, Any]:
    [trace] = [t for t in drawing["data"] if trial in t.get("customdata", ()) and t["meta"] == view]
    return trace


def numbers(trace: dict[str, Any], trial: int) -> list[float]:
    return [y for y, of in zip(trace["y"], trace["customdata"], strict=True) if of == trial]


def test_every_trial_has_its_curve_in_both_views() -> None:
    drawing = drawn(curve(point(0), 2.0, 1.0), curve(point(1, 0.5), 2.0, 1.5))
    assert numbers(of_trial(drawing, 101), 101) == [2.0, 1.5]
    training = of_trial(drawing, 101, "training")
    assert numbers(training, 101) == [1.0, 0.75]
    assert training["visible"] is False


def test_the_reader_can_switch_between_the_views() -> None:
    drawing = drawn(falling(point(0)))
    views = drawing["layout"]["meta"]["switch"]["views"]
    assert [view["name"] for view in views] == ["validation", "training"]
    assert views[1]["yaxis"]["title"]["text"] == "Training loss, nat"
    assert views[1]["yaxis"]["range"][0] < views[0]["yaxis"]["range"][0]


def test_without_losses_the_objective_is_drawn() -> None:
    of = point(0)
    drawing = drawn(Curve(of, (1, 2), (None, None), (None, None), (0.5, 0.9)))
    assert drawing["layout"]["yaxis"]["title"]["text"] == "Validation accuracy, %"
    assert numbers(of_trial(drawing, 100, "objective"), 100) == [50.0, 90.0]
    assert "switch" not in drawing["layout"]["meta"]


def test_one_divergence_does_not_flatten_the_rest() -> None:
    good = [falling(point(n)) for n in range(6)]
    drawing = drawn(*good, curve(point(9, None, "infeasible"), 3.0, 1e6, None))
    assert drawing["layout"]["yaxis"]["type"] == "log"
    assert drawing["layout"]["yaxis"]["range"][1] < math.log10(10)
    assert "1 curve leaves the axis." in drawing["layout"]["meta"]["caption"]
    assert max(next(t for t in drawing["data"] if t.get("name") == "80 % of the curves")["y"]) < 3


def test_a_missing_number_breaks_the_curve() -> None:
    trace = of_trial(drawn(curve(point(0, 0.5, "running"), 2.0, None, 1.0)), 100)
    assert trace["y"] == [2.0, None, 1.0, None]
    assert trace["connectgaps"] is False


def test_better_trials_are_brighter_and_the_best_is_named() -> None:
    drawing = drawn(*(falling(point(n, 0.5 + n / 20)) for n in range(10)))
    worse, better = (of_trial(drawing, trial)["line"]["color"] for trial in (103, 108))
    assert SHADES.index(worse) < SHADES.index(better)
    best = of_trial(drawing, 109)
    assert best["name"] == "best"
    assert best["text"][-1].strip() == "trial 9"
    assert best["line"]["width"] > 2


def test_a_smaller_loss_is_brighter_where_it_is_minimised() -> None:
    curves = [falling(point(n, 0.1 + n / 10)) for n in range(9)]
    drawing = drawn(*curves, metric="val_loss", maximize=False)
    low, high = (of_trial(drawing, trial)["line"]["color"] for trial in (101, 108))
    assert SHADES.index(low) > SHADES.index(high)


def test_pruned_trials_are_dimmed() -> None:
    drawing = drawn(falling(point(0)), falling(point(1, 0.4, "pruned"), epochs=2))
    pruned = of_trial(drawing, 101)
    assert pruned["name"] == "pruned"
    assert pruned["opacity"] <= 0.5


def test_many_long_curves_stay_small_and_keep_their_ends() -> None:
    curves = [falling(point(n, 0.5 + n / 1000), epochs=1000, by=0.999) for n in range(120)]
    drawing = drawn(*curves)
    assert len(json.dumps(drawing, separators=(",", ":"))) < 110_000
    assert len(drawing["data"]) <= 30
    trace = of_trial(drawing, 103)
    mine = [x for x, of in zip(trace["x"], trace["customdata"], strict=True) if of == 103]
    assert (mine[0], mine[-1]) == (1, 1000)
    assert trace["text"][trace["customdata"].index(103)] == 3


def test_trials_that_are_not_drawn_are_told() -> None:
    every = tuple(point(n) for n in range(200))
    caption = drawn(falling(every[0]), points=every)["layout"]["meta"]["caption"]
    assert "1 of 200 trials" in caption
