"""A point with several seeds counts with their mean, as the page's header ranks it."""

import re

import pytest

from service.dashboard.census import Censuses
from service.dashboard.comparison import studies_scene
from service.dashboard.figures import STUDY_FIGURES
from service.dashboard.figures.compared import COMPARE_FIGURES
from service.dashboard.figures.scene import Point, StudyScene
from service.dashboard.figures.seeds import folded, settled
from service.dashboard.study_scene import study_scene
from service.store import studies
from service.store.rows import found
from service.tables import Study
from tests.service.dashboard.figures.study.scenes import point, study
from tests.service.dashboard.filling import PLANE
from tests.service.desk import Desk, epoch, held

LUCKY, STEADY = 0.5, 0.01  # lr of two points: one seed each is lucky, the mean decides


def trained(desk: Desk) -> int:
    """Two points with two seeds each: 99 and 61 %, 90 and 92 %."""
    made = int(desk.submit(space=PLANE, trials=0, repeats=2)["id"])
    for lr in (LUCKY, STEADY):
        params = {"optimizer.lr": lr, "optimizer.weight_decay": 1e-4}
        desk.http.post(f"/v1/studies/{made}/trials", json={"points": [params]})
    for value in (0.99, 0.61, 0.90, 0.92):
        claim = desk.claim(study=made)
        assert claim is not None
        [about] = held(claim)
        desk.report(claim, epochs=[epoch(about, 1, val_accuracy=value, val_loss=1.0)])
        desk.finish(claim, ends=[about | {"state": "complete"}])
    return made


def test_the_ring_stands_at_the_best_of_the_header(desk: Desk) -> None:
    key = trained(desk)
    with desk.database.reading() as session:
        best = studies.best_point(session, found(session, Study, key))
        scene = study_scene(session, Censuses(), key)
        assert best is not None
        where = best.trial.params
    drawing = STUDY_FIGURES.load("landscape")().draw(scene)
    [ring] = [t for t in drawing["data"] if t.get("text") == ["best"]]
    assert (ring["x"], where["optimizer.lr"]) == ([STEADY], STEADY)
    caption = drawing["layout"]["meta"]["caption"]
    assert "Best at lr 0.01" in caption
    assert "A point's value is the mean of its 2 seeds." in caption


@pytest.mark.parametrize(
    ("name", "said"),
    [("history", "Best since trial 3: 91.0 %."), ("isolation", "2 complete points.")],
)
def test_no_figure_goes_by_the_luckiest_seed(desk: Desk, name: str, said: str) -> None:
    key = trained(desk)
    with desk.database.reading() as session:
        drawing = STUDY_FIGURES.load(name)().draw(study_scene(session, Censuses(), key))
    assert said in drawing["layout"]["meta"]["caption"]
    assert not re.search(r"99\.0", str(drawing["data"]))


def test_a_comparison_counts_a_point_once_its_seeds_are_complete(desk: Desk) -> None:
    key = trained(desk)
    with desk.database.reading() as session:
        scene = studies_scene(session, Censuses(), [key])
    [line] = COMPARE_FIGURES.load("best_by_trial")().draw(scene)["data"]
    assert (line["x"], line["y"]) == ([2.0, 4.0], [80.0, 91.0])


def test_curves_name_the_best_single_seed(desk: Desk) -> None:
    key = trained(desk)
    with desk.database.reading() as session:
        scene = study_scene(session, Censuses(), key, ("curves",))
    drawing = STUDY_FIGURES.load("curves")().draw(scene)
    assert "the best single one" in drawing["layout"]["meta"]["caption"]
    [best] = [t for t in drawing["data"] if t.get("name") == "best" and t.get("visible", True)]
    assert "the best single seed (99.0 %)" in best["hovertemplate"]


@pytest.mark.parametrize(
    ("other", "state", "value"),
    [
        (point(1, 0.7), "complete", 0.8),
        (point(1, None, "infeasible"), "infeasible", 0.9),
        (point(1, 0.5, "running"), "running", 0.7),
        (point(1, 0.5, "pruned"), "pruned", 0.7),
        (point(1, None, "failed"), "failed", 0.9),
        (point(1, 0.5, lr=0.2), "waiting", 0.9),
    ],
)
def test_a_point_is_complete_with_all_its_seeds(other: Point, state: str, value: float) -> None:
    first, *_ = folded([point(0), other], 2, maximize=True)
    told = next(p for p in (first, *_) if p.params == point(0).params)
    assert (told.state, told.value) == (state, pytest.approx(value))


def test_one_seed_changes_nothing() -> None:
    points = (point(0), point(1, 0.5))
    assert folded(points, 1, maximize=True) == settled(points, 1) == points


def test_a_point_goes_by_its_best_seed() -> None:
    both = [point(0, 0.5), point(1, 0.7)]
    assert [p.trial for p in folded(both, 2, maximize=True)] == [101]
    assert [p.trial for p in folded(both, 2, maximize=False)] == [100]


def test_points_are_counted_as_such() -> None:
    scene: StudyScene = study(*(point(n, lr=0.1 * (n // 2 + 1)) for n in range(8)), repeats=2)
    caption = STUDY_FIGURES.load("projection")().draw(scene)["layout"]["meta"]["caption"]
    assert caption == "4 points tried 4 values of lr."
