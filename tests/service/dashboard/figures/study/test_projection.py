"""A grid of 64 tries 8 learning rates, random search 64."""

from service.dashboard.figures import STUDY_FIGURES, Drawing, StudyScene
from tests.service.dashboard.figures.study.crowds import DROPOUT, LR, WD, at_random, grid, study


def draw(scene: StudyScene) -> Drawing:
    drawing: Drawing = STUDY_FIGURES.load("projection")().draw(scene)
    return drawing


def test_a_grid_is_told_what_random_search_would_have_tried() -> None:
    drawing = draw(study(grid(8)))
    assert [t["y"] for t in drawing["data"]] == [[8] * 8] * 2
    assert drawing["layout"]["meta"]["caption"] == (
        "64 trials tried only 8 values of lr and 8 of weight decay. "
        "Random search would have tried up to 64 of each."
    )


def test_every_value_of_a_random_search_has_a_line() -> None:
    drawing = draw(study(at_random(64)))
    assert [t["y"] for t in drawing["data"]] == [[1] * 64] * 2
    caption = drawing["layout"]["meta"]["caption"]
    assert caption == "64 trials tried 64 values of lr and 64 of weight decay."


def test_many_values_share_lines_and_none_is_lost() -> None:
    drawing = draw(study(at_random(5000), LR, WD, DROPOUT))
    for row in drawing["data"]:
        assert sum(row["y"]) == 5000
        assert len(row["y"]) <= 160


def test_a_line_is_its_best_trial() -> None:
    [lr, _] = draw(study(grid(8)))["data"]
    best = {p.trial: p for p in grid(8)}
    for trial, x in zip(lr["customdata"], lr["x"], strict=True):
        rivals = [p for p in best.values() if abs(p.params[LR.path] / x - 1) < 1e-3]
        assert (best[trial].value or 0) == max(p.value or 0 for p in rivals)
    assert lr["text"][3].startswith("lr 0.0052: 8 trials, the best one 9")


def test_each_row_has_a_place_of_its_own() -> None:
    layout = draw(study(at_random(30), LR, WD, DROPOUT))["layout"]
    domains = [layout[axis]["domain"] for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert domains[0][0] > domains[1][1] > domains[1][0] > domains[2][1]
    assert layout["xaxis3"]["anchor"] == "y3"
