"""A trial's point with a remedy, trained as a new trial of the same study."""

from typing import Any

import pytest

from tests.service.dashboard.reading import page, read
from tests.service.desk import Desk, epoch, held, verdict

REMEDY = {"text": "Lower lr.", "patch": {"optimizer.lr": 0.01}}
LR = {"optimizer.lr": 0.01}


@pytest.fixture
def broken(desk: Desk) -> dict[str, Any]:
    """A trial at lr 100 of a study that is over; the check `diverging` has a remedy."""
    return spoiled(desk)


def spoiled(desk: Desk, **study: Any) -> dict[str, Any]:
    made = desk.submit(trials=0, **study)["id"]
    points = {"points": [{"optimizer.lr": 100.0}]}
    assert desk.http.post(f"/v1/studies/{made}/trials", json=points).status_code == 201
    claim = desk.claim(study=made)
    about = held(claim)[0]
    said = [
        verdict(about, severity="fatal", remedy=REMEDY),
        verdict(about, "plateau", remedy={"text": "Look at the data.", "patch": {}}),
        verdict(about, "initial_loss", scope="shape", severity="pass"),
    ]
    desk.finish(claim, epochs=[epoch(about, 1, val_accuracy=0.1)], verdicts=said)
    trial: dict[str, Any] = desk.get(f"/v1/trials/{about['trial']}")
    return trial


def repair(desk: Desk, trial: int, **wanted: Any) -> Any:
    return desk.http.post(f"/v1/trials/{trial}/repair", json=wanted)


def repaired(desk: Desk, trial: int, **wanted: Any) -> dict[str, Any]:
    reply = repair(desk, trial, **wanted)
    assert reply.status_code == 201, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def test_the_remedy_of_a_check_is_trained(desk: Desk, broken: dict[str, Any]) -> None:
    assert desk.study(broken["study"])["state"] == "complete"
    made = repaired(desk, broken["id"], check="diverging")
    assert (made["state"], made["repair_of"], made["patch"]) == ("waiting", broken["id"], LR)
    assert made["params"] == LR
    assert desk.study(broken["study"])["state"] == "running"
    (assigned,) = desk.claim(study=broken["study"])["assignments"]
    assert assigned["trial"] == made["id"]
    assert assigned["recipe"] == broken["recipe"] | {
        "optimizer": broken["recipe"]["optimizer"] | {"lr": 0.01}
    }


def test_both_trials_know_of_each_other(desk: Desk, broken: dict[str, Any]) -> None:
    first = repaired(desk, broken["id"], check="diverging")
    second = repaired(desk, broken["id"], patch={"optimizer.lr": 0.02})
    assert (first["repaired_by"], second["repair_of"]) == ([], broken["id"])
    ids = [first["id"], second["id"]]
    assert desk.get(f"/v1/trials/{broken['id']}")["repaired_by"] == ids
    listed = desk.get(f"/v1/studies/{broken['study']}/trials")["items"]
    assert [t["repaired_by"] for t in listed] == [ids, [], []]
    assert [t["repair_of"] for t in listed] == [None, broken["id"], broken["id"]]
    again = repaired(desk, first["id"], patch={"optimizer.lr": 0.001})
    assert again["repair_of"] == first["id"]


def test_a_repair_may_be_the_best(desk: Desk, broken: dict[str, Any]) -> None:
    made = repaired(desk, broken["id"], patch={"batch_size": "32"})
    assert made["patch"] == {"batch_size": 32}
    assert made["params"] == {"optimizer.lr": 100.0, "batch_size": 32}
    desk.complete(desk.claim(study=broken["study"]), value=0.97)
    best = desk.get(f"/v1/studies/{broken['study']}/best")
    assert (best["trial"], best["recipe"]["batch_size"]) == (made["id"], 32)
    assert desk.study(broken["study"])["state"] == "complete"


def test_a_strategy_goes_on_as_if_there_were_none(desk: Desk) -> None:
    """Its ordinals and its budget are its own."""
    plain = desk.submit(trials=3)["id"]
    points = [a["params"] for a in desk.claim(slots=3, study=plain)["assignments"]]
    study = desk.submit(trials=3)["id"]
    first = desk.claim(study=study)
    made = repaired(desk, held(first)[0]["trial"], patch={"epochs": 3})
    rest = desk.claim(slots=9, study=study)["assignments"]
    assert rest[0]["trial"] == made["id"]
    drawn = [first["assignments"][0]["params"], *(a["params"] for a in rest[1:])]
    assert drawn == points


@pytest.mark.parametrize(
    ("patch", "params"),
    [
        ({"optimizer": {"name": "adam", "lr": 0.1}}, ["optimizer"]),
        ({"model.hidden": [8]}, ["optimizer.lr", "model.hidden"]),
        ({"model": "lenet5", "data": "digits"}, ["optimizer.lr", "model", "data"]),
        ({"seed": 7}, ["optimizer.lr", "seed"]),
    ],
)
def test_paths_outside_the_space(
    desk: Desk, broken: dict[str, Any], patch: dict[str, Any], params: list[str]
) -> None:
    made = repaired(desk, broken["id"], patch=patch)
    assert set(made["params"]) == set(params)
    recipe = desk.get(f"/v1/trials/{made['id']}")["recipe"]
    if "optimizer" in patch:
        assert (recipe["optimizer"]["name"], recipe["optimizer"]["lr"]) == ("adam", 0.1)
    else:
        assert recipe["optimizer"]["lr"] == 100.0
    assert recipe["seed"] == patch.get("seed", 0)


def test_a_section_of_the_point_takes_what_lies_inside_it(desk: Desk) -> None:
    model = {"name": "mlp", "hidden": [8], "activation": "relu"}
    study = desk.submit(space={"model": {"values": [model]}}, trials=1)["id"]
    (assigned,) = desk.claim(study=study)["assignments"]
    made = repaired(desk, assigned["trial"], patch={"model.activation": "tanh"})
    assert list(made["params"]) == ["model"]
    assert made["params"]["model"]["activation"]["name"] == "tanh"
    assert made["params"]["model"]["hidden"] == [8]


def test_the_seed_is_that_of_the_trial_it_repairs(desk: Desk) -> None:
    study = desk.submit(trials=1, repeats=3)["id"]
    third = desk.claim(slots=3, study=study)["assignments"][2]
    made = repaired(desk, third["trial"], patch={"epochs": 2})
    assert desk.get(f"/v1/trials/{made['id']}")["recipe"]["seed"] == third["recipe"]["seed"] == 2
    other = repaired(desk, third["trial"], patch={"seed": 9})
    assert desk.get(f"/v1/trials/{other['id']}")["recipe"]["seed"] == 9


def test_a_repair_measures_its_own_shape(desk: Desk, broken: dict[str, Any]) -> None:
    """It may differ in what the others of its shape have in common."""
    made = repaired(desk, broken["id"], check="diverging")
    assert desk.get(f"/v1/trials/{made['id']}/verdicts")["items"] == []
    claim = desk.claim(study=broken["study"])
    (about,) = held(claim)
    assert claim["assignments"][0]["preflight"] is True
    own = verdict(about, "initial_loss", scope="shape", severity="note")
    desk.report(claim, verdicts=[own])
    (mine,) = desk.get(f"/v1/trials/{made['id']}/verdicts")["items"]
    assert (mine["severity"], mine["shared"]) == ("note", False)
    theirs = desk.get(f"/v1/trials/{broken['id']}/verdicts")["items"]
    assert [v["trial"] for v in theirs] == [broken["id"]] * 3


def test_a_shape_that_only_a_repair_has_measured_is_measured_again(desk: Desk) -> None:
    broken = spoiled(desk, space={"optimizer.lr": {"log_uniform": [1e-4, 200]}})
    patch = {"model.hidden": [8]}
    repaired(desk, broken["id"], patch=patch)
    desk.claim(study=broken["study"])
    points = {"points": [{"optimizer.lr": 0.1, "model.hidden": [8]}]}
    desk.http.post(f"/v1/studies/{broken['study']}/trials", json=points)
    (assigned,) = desk.claim(study=broken["study"], worker="other")["assignments"]
    assert assigned["preflight"] is True


@pytest.mark.parametrize(
    ("wanted", "status", "says"),
    [
        ({}, 422, "give `check` or `patch`, one of the two"),
        ({"check": "diverging", "patch": LR}, 422, "one of the two"),
        ({"patch": {}}, 422, "at least 1 item"),
        ({"pacth": LR}, 422, "did you mean 'patch'?"),
        ({"check": "divergin"}, 422, "did you mean 'diverging'?"),
        ({"check": "update_ratio"}, 409, "update_ratio has said nothing of trial 1"),
        ({"check": "plateau"}, 409, "has no remedy that is a change of the recipe"),
        ({"check": "initial_loss"}, 409, "has no remedy that is a change of the recipe"),
        ({"patch": {"optimizer.lr": 100}}, 409, "changes nothing"),
        ({"patch": {"optimizer.lrr": 1}}, 422, "patch.optimizer.lrr: unknown key 'lrr'"),
        ({"patch": {"optimiser.lr": 1}}, 422, "did you mean 'optimizer.lr'?"),
        ({"patch": {"optimizer.lr": -1}}, 422, "patch.optimizer.lr: input should be greater"),
        ({"patch": {"model": {}, "model.hidden": [1]}}, 422, "patch.model.hidden: lies inside"),
        ({"patch": {"model": "mpl"}}, 422, "did you mean 'mlp'?"),
        (
            {"patch": {"loss": "triplet", "evaluation.metrics": ["f1"]}},
            422,
            "patch.evaluation.metrics.0",
        ),
    ],
)
def test_what_cannot_be_repaired_is_told(
    desk: Desk, broken: dict[str, Any], wanted: dict[str, Any], status: int, says: str
) -> None:
    reply = repair(desk, broken["id"], **wanted)
    assert (reply.status_code, says in reply.json()["detail"]) == (status, True), reply.text
    assert desk.study(broken["study"])["state"] == "complete"
    assert len(desk.get(f"/v1/studies/{broken['study']}/trials")["items"]) == 1


def test_the_nearest_path_is_named(desk: Desk, broken: dict[str, Any]) -> None:
    reply = repair(desk, broken["id"], patch={"optimiser.lr": 1})
    (problem,) = reply.json()["fields"]
    assert problem["field"] == "patch.optimiser.lr"
    assert problem["nearest"][0] == "optimizer.lr"


def test_a_cancelled_study_takes_no_repair(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    (about,) = held(desk.claim(study=study))
    desk.http.patch(f"/v1/studies/{study}", json={"state": "cancelled"})
    reply = repair(desk, about["trial"], patch=LR)
    assert reply.status_code == 409
    assert "is cancelled" in reply.json()["detail"]


def test_nobodys_trial_is_404(desk: Desk) -> None:
    assert repair(desk, 7, patch=LR).status_code == 404
    assert repair(desk, 7, check="plateau").status_code == 404


def test_a_point_that_made_no_recipe_can_be_repaired(desk: Desk) -> None:
    """Nesterov's update needs a momentum, which only the point shows to be missing."""
    space = {"optimizer.nesterov": {"choice": [True]}, "optimizer.momentum": {"choice": [0.0]}}
    recipe = {"optimizer": {"momentum": 0.5}}
    study = desk.submit(space=space, recipe=recipe, trials=1)["id"]
    assert desk.claim(study=study) is None
    (failed,) = desk.get(f"/v1/studies/{study}/trials", state="failed")["items"]
    made = repaired(desk, failed["id"], patch={"optimizer.momentum": 0.9})
    assert made["params"] == {"optimizer.nesterov": True, "optimizer.momentum": 0.9}
    said = read(page(desk, f"/trials/{made['id']}"))
    assert "momentum 0 → 0.9" in said


def test_a_study_deleted_takes_its_repairs_along(desk: Desk, broken: dict[str, Any]) -> None:
    made = repaired(desk, broken["id"], check="diverging")
    assert desk.http.delete(f"/v1/studies/{broken['study']}").status_code == 204
    assert desk.http.get(f"/v1/trials/{made['id']}").status_code == 404
