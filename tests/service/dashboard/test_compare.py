"""Trials and studies side by side: what differs, what came of it, and their figures."""

import csv
import io
import re
from typing import Any

import pytest

from service.dashboard.compare_tables import winner
from service.dashboard.figures.compared import COMPARE_FIGURES
from tests.service.dashboard.filling import (
    HOSTILE,
    PLANE,
    at,
    diverged,
    healthy,
    point,
    study_of_each,
)
from tests.service.dashboard.reading import BROWSER, page, read
from tests.service.desk import Desk, epoch, held


def figure(desk: Desk, name: str, **ids: str) -> Any:
    return desk.get(f"/v1/compare/figures/{name}", **ids)


def repaired(desk: Desk) -> tuple[int, int]:
    """A trial that diverged, and its repair."""
    claim = at(desk, 10.0)
    sick = diverged(desk, claim)
    reply = desk.http.post(f"/v1/trials/{sick}/repair", json={"patch": {"optimizer.lr": 0.1}})
    assert reply.status_code == 201, reply.text
    again = desk.claim(study=claim["study"])
    assert again is not None
    return sick, healthy(desk, again, value=0.971)


def test_a_repair_is_told_in_a_sentence(desk: Desk) -> None:
    sick, well = repaired(desk)
    words = read(page(desk, f"/compare?trials={sick},{well}"))
    assert "Repair: lr 10 → 0.1; validation accuracy 10.0 % → 97.1 %." in words


def test_the_best_and_what_differs_come_first(desk: Desk) -> None:
    _, trials = study_of_each(desk)
    said = page(desk, f"/compare?trials={trials['good']},{trials['worse']},{trials['diverged']}")
    words = read(said)
    assert (
        "Trial 0 is best: 97.4 % validation accuracy; next is trial 1 with 61.0 %. "
        "They differ in learning rate and weight decay." in words
    )
    assert "Learning rate 0.031 0.0012 0.9" in words
    assert "Validation accuracy 97.4 % best 61.0 % 10.0 %" in words
    assert "State complete complete infeasible" in words
    assert "non_finite – – ■ fatal" in words
    assert "update_ratio" not in words


def test_trials_of_two_studies_carry_their_names(desk: Desk) -> None:
    first, second = at(desk, 0.1, name="one"), None
    one = healthy(desk, first, 0.9)
    second = at(desk, 0.1, name="two", recipe={"epochs": 5})
    two = healthy(desk, second, 0.8)
    words = read(page(desk, f"/compare?trials={one},{two}"))
    assert f"Study {first['study']}, trial 0 is best" in words
    assert "epochs 20 5" in words
    names = {trace["name"] for trace in figure(desk, "value", trials=f"{one},{two}")["data"]}
    assert names == {f"study {first['study']}, trial 0", f"study {second['study']}, trial 0"}


def test_studies_side_by_side(desk: Desk) -> None:
    first, _ = study_of_each(desk, name="digits-random")
    second = at(desk, 0.1, name="digits-given", stopping={"name": "median"})
    healthy(desk, second, 0.6)
    said = page(desk, f"/compare?studies={first},{second['study']}")
    words = read(said)
    assert f"Study {first} is best: 97.4 % validation accuracy; next is study" in words
    assert "stopping.name none median" in words
    assert "Best validation accuracy 97.4 % best 60.0 %" in words
    assert "Trials 4 of 5 ended 1 of 1 ended" in words
    assert "Worst verdict ■ fatal ◆ note" in words


def test_the_best_so_far_by_trial_and_by_epochs(desk: Desk) -> None:
    study, trials = study_of_each(desk)
    by_trial = figure(desk, "best_by_trial", studies=str(study))["data"][0]
    assert by_trial["x"] == [1.0, 5.0]
    assert by_trial["y"] == pytest.approx([97.4, 97.4])
    by_epochs = figure(desk, "best_by_epochs", studies=str(study))["data"][0]
    assert by_epochs["x"] == [5.0, 14.0]
    assert by_epochs["customdata"] == [trials["good"]] * 2
    assert by_trial["text"][0] == f"Study {study}: 97.4 % after 1 trial"


def test_curves_lie_over_each_other(desk: Desk) -> None:
    _, trials = study_of_each(desk)
    ids = f"{trials['good']},{trials['diverged']}"
    loss = figure(desk, "val_loss", trials=ids)
    assert [trace["name"] for trace in loss["data"]] == ["trial 0", "trial 2"]
    assert loss["data"][1]["y"] == [3.0, 48.0, None]
    assert loss["data"][1]["text"][2] == "Trial 2, epoch 3: diverged"
    assert loss["layout"]["meta"]["caption"] == "Lowest: 1.00, trial 0."
    value = figure(desk, "value", trials=ids)
    assert value["data"][0]["y"][-1] == pytest.approx(97.4)


def test_eight_lines_can_be_told_apart(desk: Desk) -> None:
    claim = desk.claim(slots=8) if desk.submit(trials=8) else None
    assert claim is not None
    desk.complete(claim)
    ids = ",".join(str(about["trial"]) for about in held(claim))
    lines = [trace["line"] for trace in figure(desk, "value", trials=ids)["data"]]
    assert len({(line["color"], line["dash"]) for line in lines}) == 8
    keys = re.findall(r"key-(\d)", page(desk, f"/compare?trials={ids}"))
    assert keys == ["0", "1", "2", "3"] * 2


def test_different_objectives_share_no_axis(desk: Desk) -> None:
    one = healthy(desk, at(desk, 0.1))
    other = at(desk, 0.1, objective={"metric": "val_loss", "direction": "minimize"})
    two = healthy(desk, other)
    assert "none of them is the best" in page(desk, f"/compare?trials={one},{two}")
    empty = figure(desk, "value", trials=f"{one},{two}")["layout"]["meta"]["empty"]
    assert empty == (
        "Their objectives differ (validation accuracy and validation loss), and share no axis."
    )
    assert figure(desk, "val_loss", trials=f"{one},{two}")["data"]


def test_nothing_trained_yet_is_said(desk: Desk) -> None:
    claim = desk.claim(slots=2) if desk.submit(trials=2) else None
    assert claim is not None
    ids = ",".join(str(about["trial"]) for about in held(claim))
    assert "None of them has a validation accuracy yet." in page(desk, f"/compare?trials={ids}")
    for name in ("value", "val_loss"):
        assert "begin once" in figure(desk, name, trials=ids)["layout"]["meta"]["empty"]
    for name in ("best_by_trial", "best_by_epochs"):
        drawn = figure(desk, name, studies=str(claim["study"]))
        assert drawn["layout"]["meta"]["empty"] == "Lines begin once a trial is complete."
    words = read(page(desk, f"/compare?studies={claim['study']}"))
    assert "One study is no comparison" in words


def test_without_ids_the_newest_studies_are_offered(desk: Desk) -> None:
    assert "There is no study yet." in page(desk, "/compare")
    study, trials = study_of_each(desk)
    other = at(desk, 0.1)
    best = healthy(desk, other)
    assert "Pick two or more studies" in page(desk, "/compare")
    query = f"pick={study}&pick={other['study']}"
    for kind, expected in (
        ("trials", f"/compare?trials={trials['good']},{best}"),
        ("studies", f"/compare?studies={study},{other['study']}"),
    ):
        reply = desk.http.get(f"/compare?{query}&kind={kind}", follow_redirects=False)
        assert (reply.status_code, reply.headers["location"]) == (303, expected)


def test_a_pick_without_a_best_trial_leads_back(desk: Desk) -> None:
    empty = desk.submit()["id"]
    assert "Pick two or more studies" in page(desk, f"/compare?pick={empty}&kind=trials")


@pytest.mark.parametrize(
    "query",
    ["trials=x", "trials=-1", "trials=99999999999", "trials=1&studies=1", "studies=77",
     "trials=" + ",".join(map(str, range(1, 10))), "trials=\u0663"],
)  # fmt: skip
def test_a_wrong_question_has_a_designed_answer(desk: Desk, query: str) -> None:
    healthy(desk, at(desk, 0.1))
    assert "Nothing is here" in page(desk, f"/compare?{query}", status=404)


def test_figures_refuse_what_they_cannot_draw(desk: Desk) -> None:
    healthy(desk, at(desk, 0.1))
    for name in COMPARE_FIGURES.names():
        assert desk.http.get(f"/v1/compare/figures/{name}").status_code == 422
    wrong = desk.http.get("/v1/compare/figures/value?studies=1")
    assert wrong.status_code == 422
    assert "trials=1,2" in wrong.json()["detail"]
    unknown = desk.http.get("/v1/compare/figures/valu?trials=1")
    assert unknown.status_code == 404
    assert "did you mean" in unknown.json()["detail"]
    assert desk.http.get("/v1/compare/figures/value?trials=99").status_code == 404


def test_a_figure_that_is_known_is_not_sent_again(desk: Desk) -> None:
    trial = healthy(desk, at(desk, 0.1))
    path = f"/v1/compare/figures/value?trials={trial}"
    tag = desk.http.get(path).headers["ETag"]
    assert desk.http.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_failed_point_without_a_recipe_is_compared_by_its_values(desk: Desk) -> None:
    space = {
        "optimizer.nesterov": {"choice": [True, False]},
        "optimizer.momentum": {"choice": [0.9, 0.0]},
    }
    recipe = {"optimizer": {"momentum": 0.5}}
    study = desk.submit(space=space, recipe=recipe, trials=40)["id"]
    while claim := desk.claim(slots=8):
        desk.complete(claim)
    states = {t["state"]: t["id"] for t in desk.get(f"/v1/studies/{study}/trials")["items"]}
    said = read(page(desk, f"/compare?trials={states['failed']},{states['complete']}"))
    assert "optimizer.momentum 0 " in said
    assert "State failed complete" in said


def test_the_comparison_as_csv(desk: Desk) -> None:
    _, trials = study_of_each(desk)
    reply = desk.http.get(f"/compare?trials={trials['good']},{trials['diverged']}&format=csv")
    rows = list(csv.reader(io.StringIO(reply.text)))
    assert rows[0] == ["group", "name", "Trial 0", "Trial 2"]
    assert ["Settings that differ", "Learning rate", "0.031", "0.9"] in rows
    assert ["Verdicts that differ", "non_finite", "–", "fatal"] in rows


def test_hostile_names_stay_text(desk: Desk) -> None:
    first = at(desk, 0.1, name=HOSTILE, tags=[HOSTILE])
    one = healthy(desk, first)
    second = at(desk, 0.2, name="two")
    two = healthy(desk, second)
    for query in ("", f"?trials={one},{two}", f"?studies={first['study']},{second['study']}"):
        html = page(desk, f"/compare{query}")
        assert "<script>alert" not in html
        assert html.count("<h1>") == 1
        for target in re.findall(r'(?:href|data-figure)="(/[^"#]*)', html):
            reply = desk.http.get(target.replace("&amp;", "&"), headers=BROWSER)
            assert reply.status_code == 200, target


def test_the_page_is_followed_while_something_trains(desk: Desk) -> None:
    claim = at(desk, 0.1)
    [about] = held(claim)
    desk.report(claim, epochs=[epoch(about, 1, val_accuracy=0.5)])
    assert 'data-follow="all"' in page(desk, f"/compare?trials={about['trial']}")
    desk.finish(claim, ends=[about | {"state": "complete"}])
    assert 'data-follow="no"' in page(desk, f"/compare?trials={about['trial']}")


def test_a_winner_is_better_than_all_others() -> None:
    assert winner([0.1, 0.3, None], maximize=True) == 1
    assert winner([0.1, 0.3], maximize=False) == 0
    assert winner([0.3, 0.3], maximize=True) is None
    assert winner([0.3, None], maximize=True) is None
    assert winner([], maximize=True) is None


def test_a_space_that_others_do_not_have_shows_a_dash(desk: Desk) -> None:
    one = desk.submit(space=PLANE, trials=1)["id"]
    two = desk.submit(trials=1)["id"]
    words = read(page(desk, f"/compare?studies={one},{two}"))
    assert "space.optimizer.weight_decay.log_uniform 1e-6, 0.1 –" in words


def test_a_later_point_of_a_study_is_found(desk: Desk) -> None:
    claim = at(desk, 0.1)
    healthy(desk, claim, 0.5)
    better = healthy(desk, point(desk, claim["study"], 0.2), 0.9)
    reply = desk.http.get(f"/compare?pick={claim['study']}", follow_redirects=False)
    assert reply.headers["location"] == f"/compare?trials={better}"
