import pytest

from service.store import events
from tests.service.desk import Desk, held

POINT = {"optimizer.lr": 1000.0}


def test_submit_answers_with_counts(desk: Desk) -> None:
    study = desk.submit(name="mine", trials=5)
    assert study["name"] == "mine"
    assert study["state"] == "running"
    assert study["counts"]["waiting"] == 5
    assert study["best"] is None
    assert study["document"]["recipe"]["epochs"] == 20
    assert desk.study(study["id"]) == study


def test_a_bad_study_is_422_and_nothing_is_kept(desk: Desk) -> None:
    reply = desk.http.post("/v1/studies", json={"name": "x", "recipe": {"epocs": 1}})
    assert reply.status_code == 422
    body = reply.json()
    assert body["error"] == "invalid"
    assert body["fields"][0]["field"] == "recipe.epocs"
    assert body["fields"][0]["nearest"] == ["epochs", "preprocess"]
    assert desk.get("/v1/studies")["items"] == []


@pytest.mark.parametrize("path", ["", "/trials", "/best", "/decisions"])
def test_a_study_nobody_has_is_404(desk: Desk, path: str) -> None:
    reply = desk.http.get(f"/v1/studies/99{path}")
    assert reply.status_code == 404
    assert reply.json()["detail"] == "there is no study 99"


def test_lists_are_paged_newest_first(desk: Desk) -> None:
    ids = [desk.submit()["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = desk.get("/v1/studies", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [study["id"] for study in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(ids, reverse=True)


def test_a_cursor_of_ones_own_is_refused(desk: Desk) -> None:
    for cursor in ("nonsense", "e30", "%%%"):
        reply = desk.http.get("/v1/studies", params={"cursor": cursor})
        assert reply.status_code == 422
        assert reply.json()["fields"][0]["field"] == "cursor"


def test_filter_by_state(desk: Desk) -> None:
    running, paused = desk.submit()["id"], desk.submit()["id"]
    desk.http.patch(f"/v1/studies/{paused}", json={"state": "paused"})
    assert [s["id"] for s in desk.get("/v1/studies", state="paused")["items"]] == [paused]
    assert [s["id"] for s in desk.get("/v1/studies", state="running")["items"]] == [running]


def test_pause_hands_out_nothing_and_resume_goes_on(desk: Desk) -> None:
    study = desk.submit()["id"]
    desk.http.patch(f"/v1/studies/{study}", json={"state": "paused"})
    assert desk.claim() is None
    desk.http.patch(f"/v1/studies/{study}", json={"state": "running"})
    assert desk.claim() is not None


def test_cancel_ends_every_trial_and_stops_the_worker(desk: Desk) -> None:
    study = desk.submit(trials=3)["id"]
    claim = desk.claim()
    assert claim is not None
    reply = desk.http.patch(f"/v1/studies/{study}", json={"state": "cancelled"})
    assert reply.json()["counts"]["cancelled"] == 1
    assert reply.json()["counts"]["waiting"] == 0
    row = held(claim)[0] | {"epoch": 1}
    assert desk.report(claim, epochs=[row])["stop"] == [claim["assignments"][0]["trial"]]
    assert desk.http.patch(f"/v1/studies/{study}", json={"state": "running"}).status_code == 409


def test_rename_tag_and_note(desk: Desk) -> None:
    study = desk.submit()["id"]
    change = {"name": "better", "tags": ["a"], "note": "why"}
    assert desk.http.patch(f"/v1/studies/{study}", json=change).status_code == 200
    assert {key: desk.study(study)[key] for key in change} == change


def test_unknown_change_names_the_nearest(desk: Desk) -> None:
    study = desk.submit()["id"]
    reply = desk.http.patch(f"/v1/studies/{study}", json={"sate": "paused"})
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["nearest"][0] == "state"


def test_a_raised_budget_reopens_a_complete_study(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    desk.complete(desk.claim())
    assert desk.study(study)["state"] == "complete"
    raised = desk.http.patch(f"/v1/studies/{study}", json={"trials": 3}).json()
    assert (raised["state"], raised["counts"]["waiting"]) == ("running", 2)
    lowered = desk.http.patch(f"/v1/studies/{study}", json={"trials": 0})
    assert lowered.status_code == 409


def test_a_budget_that_stays_does_not_complete_a_study_again(desk: Desk) -> None:
    study = desk.submit(trials=2)["id"]
    for _ in range(2):
        desk.complete(desk.claim())
    ended = desk.study(study)["ended_at"]
    saved = desk.http.patch(f"/v1/studies/{study}", json={"name": "x", "trials": 2}).json()
    assert (saved["name"], saved["state"], saved["ended_at"]) == ("x", "complete", ended)
    with desk.database.reading() as session:
        kinds = [event.kind for event in events.after(session, 0, study=study, limit=100)]
    assert kinds.count("study_complete") == 1


def test_a_budget_lowered_to_what_is_done_completes(desk: Desk) -> None:
    study = desk.submit(trials=3)["id"]
    desk.complete(desk.claim())
    assert desk.http.patch(f"/v1/studies/{study}", json={"trials": 1}).json()["state"] == "complete"


def test_delete_takes_everything(desk: Desk) -> None:
    study = desk.submit()["id"]
    claim = desk.claim()
    assert claim is not None
    desk.report(claim, epochs=[held(claim)[0] | {"epoch": 1}])
    assert desk.http.delete(f"/v1/studies/{study}").status_code == 204
    assert desk.http.get(f"/v1/studies/{study}").status_code == 404
    assert desk.http.get(f"/v1/trials/{claim['assignments'][0]['trial']}").status_code == 404
    assert desk.send(claim).status_code == 409


def test_a_deleted_studys_id_is_not_given_away_again(desk: Desk) -> None:
    kept, gone = desk.submit()["id"], desk.submit()["id"]
    desk.http.delete(f"/v1/studies/{gone}")
    assert desk.submit()["id"] == gone + 1
    assert kept < gone


def test_enqueued_points_come_beside_the_budget(desk: Desk) -> None:
    study = desk.submit(trials=2)["id"]
    reply = desk.http.post(f"/v1/studies/{study}/trials", json={"points": [POINT]})
    assert reply.status_code == 201
    assert desk.study(study)["counts"]["waiting"] == 3
    claim = desk.claim()
    assert claim is not None
    assert claim["assignments"][0]["params"] == POINT
    assert claim["assignments"][0]["recipe"]["optimizer"]["lr"] == 1000.0


def test_enqueued_numbers_are_numbers(desk: Desk) -> None:
    """PyYAML reads `1e-4` as a string, and so does who sends it on."""
    study = desk.submit(trials=0)["id"]
    point = {"optimizer.lr": "1e-4", "model": "small_cnn"}
    reply = desk.http.post(f"/v1/studies/{study}/trials", json={"points": [point]})
    params = reply.json()["items"][0]["params"]
    assert params["optimizer.lr"] == 1e-4
    assert params["model"]["channels"] == [16, 32]


def test_enqueueing_reopens_a_complete_study(desk: Desk) -> None:
    study = desk.submit(trials=0)
    assert study["state"] == "complete"
    desk.http.post(f"/v1/studies/{study['id']}/trials", json={"points": [POINT]})
    assert desk.study(study["id"])["state"] == "running"


def test_a_bad_point_is_refused_whole(desk: Desk) -> None:
    study = desk.submit()["id"]
    points = [POINT, {"optimizer.lrr": 1}]
    reply = desk.http.post(f"/v1/studies/{study}/trials", json={"points": points})
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["field"] == "points.1.optimizer.lrr"
    assert desk.get(f"/v1/studies/{study}/trials")["items"] == []


def test_best_is_the_best_complete_trial(desk: Desk) -> None:
    study = desk.submit(trials=3)["id"]
    assert desk.http.get(f"/v1/studies/{study}/best").status_code == 404
    for value in (0.8, 0.95, 0.9):
        desk.complete(desk.claim(), value=value)
    best = desk.get(f"/v1/studies/{study}/best")
    assert (best["value"], best["number"]) == (0.95, 1)
    assert best["recipe"]["optimizer"]["lr"] == best["params"]["optimizer.lr"]
    text = desk.http.get(f"/v1/studies/{study}/best", params={"format": "yaml"}).text
    assert text.startswith("data:\n  name: digits\n")
    assert desk.study(study)["best"]["value"] == 0.95


def test_best_of_a_loss_is_the_smallest(desk: Desk) -> None:
    study = desk.submit(trials=2, objective={"metric": "val_loss"})["id"]
    for loss in (0.5, 0.2):
        claim = desk.claim()
        row = held(claim)[0] | {"epoch": 1, "val_loss": loss}
        desk.finish(claim, epochs=[row], ends=[held(claim)[0] | {"state": "complete"}])
    assert desk.get(f"/v1/studies/{study}/best")["value"] == 0.2


def test_repeats_are_judged_by_their_mean(desk: Desk) -> None:
    study = desk.submit(trials=2, repeats=2)["id"]
    seeds = []
    for value in (0.99, 0.1, 0.8, 0.9):
        claim = desk.claim()
        seeds.append(claim["assignments"][0]["recipe"]["seed"])
        desk.complete(claim, value=value)
    best = desk.get(f"/v1/studies/{study}/best")
    assert seeds == [0, 1, 0, 1]
    assert best["value"] == pytest.approx(0.85)
    assert best["deviation"] == pytest.approx(0.0707, abs=1e-4)
    assert best["seeds"] == 2


def test_trials_sorted_by_value_with_missing_ones_last(desk: Desk) -> None:
    study = desk.submit(trials=4)["id"]
    for value in (0.5, 0.9, 0.7):
        desk.complete(desk.claim(), value=value)
    desk.claim()
    query = {"sort": "value", "descending": True, "limit": 2}
    first = desk.get(f"/v1/studies/{study}/trials", **query)
    second = desk.get(f"/v1/studies/{study}/trials", **query, cursor=first["next"])
    assert [t["value"] for t in first["items"] + second["items"]] == [0.9, 0.7, 0.5, None]
    assert second["next"] is None
    waiting = desk.get(f"/v1/studies/{study}/trials", state="running")["items"]
    assert [t["number"] for t in waiting] == [3]


def test_the_schema_lists_ingredients(desk: Desk) -> None:
    assert {"Mlp", "SmallCnn", "Adamw", "Random", "Halving"} <= set(
        desk.get("/v1/studies/schema")["$defs"]
    )
