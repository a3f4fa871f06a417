"""Every trial of a study is drawn from, and only what can have changed is read again."""

from typing import Any

import pytest

from service.dashboard import study_scene as module
from service.dashboard.census import Censuses
from service.dashboard.figures.scene import Point
from service.dashboard.study_scene import study_scene, telling
from service.tables import Study, Trial
from tests.service.dashboard.filling import at, healthy, point, study_of_each
from tests.service.desk import Desk, held


def states(desk: Desk, censuses: Censuses, study: int) -> list[tuple[int, str]]:
    with desk.database.reading() as session:
        scene = study_scene(session, censuses, study)
    return [(p.number, p.state) for p in scene.points]


def test_what_ends_and_what_comes_is_seen(desk: Desk) -> None:
    censuses = Censuses()
    first = at(desk, 0.031)
    study = int(first["study"])
    assert states(desk, censuses, study) == [(0, "running")]
    healthy(desk, first)
    point(desk, study, 0.1)
    assert states(desk, censuses, study) == [(0, "complete"), (1, "running")]


def test_a_deleted_study_leaves_nothing_to_its_successor(desk: Desk) -> None:
    censuses = Censuses()
    first = at(desk, 0.031)
    assert states(desk, censuses, int(first["study"])) == [(0, "running")]
    desk.http.delete(f"/v1/studies/{first['study']}")
    again = desk.submit(trials=0)["id"]
    assert states(desk, censuses, again) == []


def test_trials_that_have_ended_are_not_read_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.dashboard.census.LOOK_BACK", 0)
    study, _ = study_of_each(desk)
    censuses = Censuses()
    states(desk, censuses, study)
    with desk.database.reading() as session:
        before = {p.trial: p for p in censuses.points(session, session.get_one(Study, study))}
        session.execute(Trial.__table__.update().values(number=Trial.number + 100))
        after = {p.trial: p for p in censuses.points(session, session.get_one(Study, study))}
    moved = {trial for trial in after if after[trial].number != before[trial].number}
    assert {after[trial].state for trial in moved} == {"running"}


def test_a_figure_gets_what_it_needs_and_no_more(desk: Desk) -> None:
    study, trials = study_of_each(desk)
    with desk.database.reading() as session:
        bare = study_scene(session, Censuses(), study)
        full = study_scene(session, Censuses(), study, ("curves", "rungs", "spans"))
    assert (bare.curves, bare.rungs, bare.spans) == ((), (), ())
    assert {c.point.trial for c in full.curves} == {
        trials[name] for name in ("good", "worse", "diverged", "running")
    }
    good = next(c for c in full.curves if c.point.trial == trials["good"])
    assert good.epochs == (1, 2, 3, 4, 5)
    assert good.value[-1] == 0.974
    assert [span.worker for span in full.spans] == ["w"] * 5
    assert [span.end is None for span in full.spans] == [False] * 4 + [True]
    assert all(span.start <= (span.end or full.elapsed) for span in full.spans)


def test_rungs_count_who_went_on(desk: Desk) -> None:
    stopping = {"name": "median", "min_peers": 1, "warmup_epochs": 1}
    made = desk.submit(trials=2, stopping=stopping, recipe={"epochs": 4})
    for value in (0.9, 0.1):
        claim = desk.claim(study=made["id"])
        assert claim is not None
        [about] = held(claim)
        rows = [_epoch(about, n, value) for n in (1, 2, 3, 4)]
        desk.finish(claim, epochs=rows, ends=[about | {"state": "complete"}])
    with desk.database.reading() as session:
        rungs = study_scene(session, Censuses(), made["id"], ("rungs",)).rungs
    assert rungs
    assert sum(rung.stopped for rung in rungs) == 1
    assert all(rung.kept + rung.stopped <= 2 for rung in rungs)


def _epoch(about: dict[str, Any], number: int, value: float) -> dict[str, Any]:
    return {**about, "epoch": number, "val_accuracy": value, "train_loss": 1.0, "val_loss": 1.0}


def points(number: int) -> list[Point]:
    return [Point(n + 1, n, "complete", {}, (n * 37 % 101) / 101, 5) for n in range(number)]


def test_of_many_curves_the_best_and_the_newest_are_told() -> None:
    every = points(5000)
    told = telling(every, module.CURVES, maximize=True)
    assert len(told) <= module.CURVES
    assert max(p.value or 0 for p in every) in {p.value for p in told}
    assert every[-1] in told
    assert [p.number for p in told] == sorted({p.number for p in told})


def test_one_more_trial_changes_few_of_the_curves_told() -> None:
    before = {p.trial for p in telling(points(5000), module.CURVES, maximize=True)}
    after = {p.trial for p in telling(points(5001), module.CURVES, maximize=True)}
    assert len(after - before) <= 2
