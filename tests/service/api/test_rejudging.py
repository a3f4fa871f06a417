"""A stored history judged again: the same words without changes, others with other thresholds."""

from typing import Any

import pytest

from diagnostics import Facts, History, diagnose, judge, load_checks
from tests.service.desk import Desk, epoch, held

CLASSES = 10
FACTS = {"classes": CLASSES, "loss": "cross_entropy", "optimizer": "sgd", "lr": 5.0, "epochs": 8}
LOSSES = (3.1, 9.0, 11.0, 12.0, 12.5)  # far above log 10 = 2.303, and rising


def told(about: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        epoch(
            about,
            number,
            train_loss=loss,
            val_loss=loss,
            train_accuracy=0.1,
            val_accuracy=0.1,
            lr=5.0,
            signals={"update_ratio": {"fc1": 0.2, "output": 0.3}},
        )
        for number, loss in enumerate(LOSSES, start=1)
    ]


def history() -> History:
    """What the worker of `trained` had before it."""
    made = History(Facts(**FACTS))
    for row in told({}):
        signals = {**row["signals"], **{k: v for k, v in row.items() if "_" in k or k == "lr"}}
        made.record(row["epoch"], signals)
    return made


def trained(desk: Desk, *, known: bool = True, **study: Any) -> int:
    """A trial whose worker told what it knew, and how it judged; its id."""
    desk.submit(trials=1, recipe={"epochs": 8}, **study)
    claim = desk.claim()
    (about,) = held(claim)
    checks = [check for check in load_checks() if check.scope == "trial"]
    said = judge(history(), checks)
    news = {"known": [about | {"facts": FACTS}]} if known else {}
    desk.finish(
        claim,
        epochs=told(about),
        verdicts=[about | v.to_dict() for v in said],
        ends=[about | {"state": "complete", "diagnosis": [c.to_dict() for c in diagnose(said)]}],
        **news,
    )
    return int(about["trial"])


def rejudge(desk: Desk, trial: int, **wanted: Any) -> dict[str, Any]:
    reply = desk.http.post(f"/v1/trials/{trial}/rejudge", json=wanted)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def stored(desk: Desk, trial: int) -> dict[str, dict[str, Any]]:
    ours = ("id", "study", "trial", "shared", "created_at")
    rows = desk.get(f"/v1/trials/{trial}/verdicts")["items"]
    return {v["check"]: {k: v[k] for k in v if k not in ours} for v in rows}


def by_check(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {verdict["check"]: verdict for verdict in answer["verdicts"]}


def test_without_changes_the_same_is_said(desk: Desk) -> None:
    trial = trained(desk)
    said = rejudge(desk, trial)
    assert stored(desk, trial)["diverging"]["severity"] == "fatal"
    assert by_check(said) == stored(desk, trial)
    assert said["diagnosis"] == desk.get(f"/v1/trials/{trial}")["diagnosis"]
    assert (said["changed"], said["kept"]) == ([], False)


def test_no_body_changes_nothing_either(desk: Desk) -> None:
    reply = desk.http.post(f"/v1/trials/{trained(desk)}/rejudge")
    assert (reply.status_code, reply.json()["changed"]) == (200, [])


def test_other_thresholds_say_something_else(desk: Desk) -> None:
    trial = trained(desk)
    before = stored(desk, trial)
    patient = {"diverging": {"hopeless": 900, "far": 800, "worse": 700, "risen": 600}}
    said = rejudge(desk, trial, checks=patient)
    assert by_check(said)["diverging"]["severity"] == "pass"
    assert "diverging" in said["changed"]
    assert stored(desk, trial) == before


def test_what_is_said_may_be_kept(desk: Desk) -> None:
    trial = trained(desk)
    patient = {"diverging": {"hopeless": 900, "far": 800, "worse": 700, "risen": 600}}
    said = rejudge(desk, trial, checks=patient, profile="cheap", keep=True)
    assert said["kept"] is True
    assert stored(desk, trial) == by_check(said)
    found = desk.get(f"/v1/trials/{trial}")
    assert found["diagnosis"] == said["diagnosis"]
    assert found["state"] == "infeasible"  # what has ended it has ended it
    logs = [e["kind"] for e in desk.get(f"/v1/trials/{trial}/logs")["items"]]
    assert logs[-1] == "trial_rejudged"
    rejudge(desk, trial, keep=True)
    assert rejudge(desk, trial)["changed"] == []
    assert stored(desk, trial)["diverging"]["severity"] == "fatal"


def test_the_studys_own_thresholds_hold_until_they_are_changed(desk: Desk) -> None:
    own = {"diverging": {"hopeless": 900, "far": 800, "worse": 700}}
    trial = trained(desk, diagnostics={"checks": own})
    said = by_check(rejudge(desk, trial))["diverging"]
    assert said["severity"] == "warning"  # it has risen
    said = by_check(rejudge(desk, trial, checks={"diverging": {"risen": 600}}))["diverging"]
    assert said["severity"] == "pass"


def test_a_profile_decides_who_judges(desk: Desk) -> None:
    trial = trained(desk)
    assert rejudge(desk, trial, profile="none")["verdicts"] == []
    cheap = by_check(rejudge(desk, trial, profile="cheap"))
    assert "diverging" in cheap
    assert set(cheap) <= {check.name for check in load_checks(profile="cheap")}


def test_without_the_workers_word_the_recipe_says_what_it_can(desk: Desk) -> None:
    """How many classes there are, only the data tell."""
    trial = trained(desk, known=False)
    said = by_check(rejudge(desk, trial))["diverging"]
    assert said["severity"] == "skipped"
    assert "number of classes" in said["summary"]


def test_a_loss_that_another_worker_never_told_was_not_measured(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    rows = [about | {"epoch": n, "train_loss": 1 / n, "lr": 0.1} for n in (1, 2, 3)]
    desk.finish(claim, epochs=rows, ends=[about | {"state": "complete"}])
    said = by_check(rejudge(desk, about["trial"]))["non_finite"]
    assert said["severity"] == "pass"


def test_nothing_to_judge_is_nothing_said(desk: Desk) -> None:
    desk.submit(trials=1)
    (about,) = held(desk.claim())
    said = rejudge(desk, about["trial"])
    assert (said["verdicts"], said["diagnosis"]) == ([], [])


def test_a_running_trial_is_judged_but_not_kept(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    desk.report(claim, epochs=told(about), known=[about | {"facts": FACTS}])
    assert by_check(rejudge(desk, about["trial"]))["diverging"]["severity"] == "fatal"
    reply = desk.http.post(f"/v1/trials/{about['trial']}/rejudge", json={"keep": True})
    assert reply.status_code == 409
    assert "once it is over" in reply.json()["detail"]
    assert stored(desk, about["trial"]) == {}


def test_means_over_folds_are_not_judged(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    signals = {"fold_val_loss": {"fold 1": 0.5, "fold 2": 0.6}}
    desk.report(claim, epochs=[epoch(about, 1, signals=signals)])
    reply = desk.http.post(f"/v1/trials/{about['trial']}/rejudge")
    assert reply.status_code == 409
    assert "means over folds" in reply.json()["detail"]


@pytest.mark.parametrize(
    ("wanted", "field", "says"),
    [
        ({"checks": {"divergin": {}}}, "checks.divergin", "did you mean 'diverging'?"),
        ({"checks": {"plateau": {"flatt": 1}}}, "checks.plateau.flatt", "did you mean 'flat'?"),
        ({"checks": {"plateau": {"flat": 7}}}, "checks.plateau.flat", "it is 7"),
        ({"checks": {"plateau": {"flat": "low"}}}, "checks.plateau.flat", "takes a number, not"),
        ({"checks": {"plateau": {"flat": True}}}, "checks.plateau.flat", "takes a number, not"),
        ({"checks": {"plateau": {"epochs": 2.5}}}, "checks.plateau.epochs", "a whole number"),
        ({"checks": {"plateau": 3}}, "checks.plateau", "valid dictionary"),
        ({"profile": "cheep"}, "profile", "'cheap'"),
        ({"keeep": True}, "keeep", "did you mean 'keep'?"),
    ],
)
def test_bad_thresholds_are_named(
    desk: Desk, wanted: dict[str, Any], field: str, says: str
) -> None:
    reply = desk.http.post(f"/v1/trials/{trained(desk)}/rejudge", json=wanted)
    assert reply.status_code == 422
    (problem,) = reply.json()["fields"]
    assert problem["field"] == field
    assert says in problem["message"]


def test_a_bad_value_is_given_back(desk: Desk) -> None:
    wanted = {"checks": {"plateau": {"flat": 7}}}
    reply = desk.http.post(f"/v1/trials/{trained(desk)}/rejudge", json=wanted)
    assert reply.json()["fields"][0]["value"] == 7


def test_nobodys_trial_is_404(desk: Desk) -> None:
    assert desk.http.post("/v1/trials/9/rejudge").status_code == 404


@pytest.mark.parametrize("facts", [3, {"classes": "ten"}, {"lr": {}}, {"kinds": {"fc1": 3}}])
def test_facts_of_another_form_are_refused(desk: Desk, facts: Any) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    reply = desk.send(claim, known=[about | {"facts": facts}])
    assert reply.status_code == 422
    assert "known.0.facts" in reply.json()["fields"][0]["field"]


def test_signals_of_another_form_are_not_measured(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    odd = {"update_ratio": {"fc1": "high"}, "weight_norm": [[1]], "loss_max": "much", "x": True}
    desk.report(claim, epochs=[epoch(about, 1, signals=odd)])
    assert by_check(rejudge(desk, about["trial"]))["non_finite"]["severity"] == "pass"


def test_layers_stay_in_the_order_of_the_model(desk: Desk) -> None:
    """jsonb would sort them: by length, then by letter."""
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    order = ["stem.conv", "b", "a.long.name", "output"]
    signals = {"weight_norm": dict.fromkeys(order, 1.0)}
    said = about | {
        "check": "diverging",
        "severity": "note",
        "summary": "x",
        "evidence": dict.fromkeys(order, 1),
    }
    desk.report(claim, epochs=[epoch(about, 1, signals=signals)], verdicts=[said])
    (row,) = desk.get(f"/v1/trials/{about['trial']}/signals")["items"]
    assert list(row["signals"]["weight_norm"]) == order
    (kept,) = desk.get(f"/v1/trials/{about['trial']}/verdicts")["items"]
    assert list(kept["evidence"]) == order
