"""Each setting by itself: the best of each stretch, whatever the others were."""

from dataclasses import replace

import numpy as np

from service.dashboard.figures import STUDY_FIGURES, Drawing, StudyScene
from tests.service.dashboard.figures.study.crowds import LR, WD, at_random, study, trial


def draw(scene: StudyScene) -> Drawing:
    drawing: Drawing = STUDY_FIGURES.load("isolation")().draw(scene)
    return drawing


def test_the_line_runs_through_the_best_of_each_stretch() -> None:
    points = at_random(300)
    _, line, *_ = draw(study(points))["data"]
    whole = {p.trial: p for p in points if p.value is not None}
    for trial_id, y in zip(line["customdata"], line["y"], strict=True):
        chosen = np.log10(whole[trial_id].params[LR.path])
        bucket = np.floor((chosen + 4) / 0.4)
        rivals = [
            p.value or 0.0
            for p in whole.values()
            if np.floor((np.log10(p.params[LR.path]) + 4) / 0.4) == bucket
        ]
        assert round(max(rivals) * 100, 2) == y
    assert line["text"][0].startswith("Best of ")


def test_axes_are_told_apart_and_share_their_scores() -> None:
    layout = draw(study(at_random(100)))["layout"]
    assert layout["xaxis"]["title"]["text"] == "Learning rate"
    assert layout["xaxis2"]["title"]["text"] == "Weight decay"
    assert layout["yaxis"]["range"] == layout["yaxis2"]["range"]


def test_the_edge_of_the_space_is_told() -> None:
    rates = np.logspace(-4, -1.5, 30)
    low = [trial(i, float(lr)) for i, lr in enumerate(rates)]
    narrow = study(low, LR.__class__(LR.path, 1e-4, 10**-1.5, True), WD)
    assert "The best lr is at the edge of the space: search above 0.032 too." in said(narrow)
    assert "edge" not in said(study(at_random(300)))


def test_nobody_is_sent_where_trials_diverged() -> None:
    points = [trial(i, float(lr)) for i, lr in enumerate(np.logspace(-4, -1.5, 30))]
    lost = [replace(trial(50 + i, 0.9), params={LR.path: 0.0317, WD.path: 1e-4}) for i in range(5)]
    narrow = study([*points, *lost], LR.__class__(LR.path, 1e-4, 0.032, True), WD)
    assert "edge" not in said(narrow)


def test_only_the_best_itself_lies_at_the_edge_not_all_of_the_last_stretch() -> None:
    points = [trial(i, float(lr)) for i, lr in enumerate(np.logspace(-4, np.log10(0.25), 30))]
    assert "edge" not in said(study(points, LR.__class__(LR.path, 1e-4, 0.1, True), WD))


def test_shares_are_not_searched_beyond_one() -> None:
    share = LR.__class__("optimizer.momentum", 0.5, 1.0, False)
    points = [
        replace(trial(i, 0.04), params={share.path: 0.5 + i / 20}, value=0.5 + i / 20)
        for i in range(11)
    ]
    assert "edge" not in said(study(points, share))


def test_pruned_trials_count_faintly_with_their_best_so_far() -> None:
    points = [trial(0, 0.04), trial(1, 0.05)]
    pruned = [replace(trial(9 + i, 10.0**-i), state="pruned", value=0.6) for i in range(2, 5)]
    drawing = draw(study([*points, *pruned], LR))
    _, line = drawing["data"]
    assert line["x"] == [1e-4, 1e-3, 0.01, 0.04]
    assert line["marker"]["opacity"] == [0.4, 0.4, 0.4, 1.0]
    caption = drawing["layout"]["meta"]["caption"]
    assert "2 complete trials and 3 pruned" in caption
    assert "Faint: pruned, with the best until then." in caption


def test_a_stretch_goes_by_a_complete_trial_where_it_has_one() -> None:
    lucky = replace(trial(9, 0.05), state="pruned", value=0.99)
    _, line = draw(study([trial(0, 0.04), lucky], LR))["data"]
    assert line["customdata"] == [1000]


def test_no_edge_is_told_from_few_trials() -> None:
    assert "edge" not in said(study([trial(0, 0.2), trial(1, 0.02), trial(2, 1e-4)]))


def test_trials_far_behind_do_not_flatten_the_line() -> None:
    points = [*at_random(300), trial(999, 1e-4, 0.1)]
    drawing = draw(study(points))
    low, _ = drawing["layout"]["yaxis"]["range"]
    bests = [y for line in drawing["data"][1::2] for y in line["y"]]
    assert low > min(bests) - (max(bests) - min(bests))
    assert "too far behind to be drawn" in drawing["layout"]["meta"]["caption"]


def said(scene: StudyScene) -> str:
    return str(draw(scene)["layout"]["meta"]["caption"])
