import pytest

from tests.service.desk import Desk, epoch, held, verdict


@pytest.mark.parametrize("path", ["", "/epochs", "/signals", "/verdicts", "/artifacts", "/logs"])
def test_a_trial_nobody_has_is_404(desk: Desk, path: str) -> None:
    reply = desk.http.get(f"/v1/trials/7{path}")
    assert reply.status_code == 404
    assert reply.json()["detail"] == "there is no trial 7"


def test_a_trial_with_its_recipe_and_attempts(desk: Desk) -> None:
    desk.submit(trials=1, recipe={"seed": 5})
    claim = desk.claim()
    trial = desk.get(f"/v1/trials/{claim['assignments'][0]['trial']}")
    assert trial["recipe"] == claim["assignments"][0]["recipe"]
    assert trial["state"] == "running"
    assert len(trial["attempt_list"]) == 1


def test_epochs_and_signals_are_paged(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    rows = [epoch(about, n, signals={"weight_norm": {"fc1": n}}) for n in range(5)]
    desk.report(claim, epochs=rows)
    url = f"/v1/trials/{about['trial']}"
    first = desk.get(f"{url}/epochs", limit=3)
    second = desk.get(f"{url}/epochs", limit=3, cursor=first["next"])
    assert [e["epoch"] for e in first["items"] + second["items"]] == [0, 1, 2, 3, 4]
    signals = desk.get(f"{url}/signals")["items"]
    assert signals[4] == {"epoch": 4, "signals": {"weight_norm": {"fc1": 4}}}


def test_too_long_a_page_is_refused(desk: Desk) -> None:
    reply = desk.http.get("/v1/studies", params={"limit": 100_000})
    assert reply.status_code == 422
    assert reply.json()["fields"] == [
        {"field": "limit", "message": "100000 is above 1000", "nearest": [], "value": 100_000}
    ]


def test_shape_verdicts_are_shown_on_every_trial_of_the_shape(desk: Desk) -> None:
    desk.submit(trials=2)
    claim = desk.claim(slots=2)
    first, second = held(claim)
    shape = verdict(first, check="initial_loss", severity="pass", scope="shape")
    desk.report(claim, verdicts=[shape, verdict(first, check="plateau")])
    (shared,) = desk.get(f"/v1/trials/{second['trial']}/verdicts")["items"]
    assert (shared["check"], shared["trial"], shared["shared"]) == (
        "initial_loss", first["trial"], True,
    )  # fmt: skip
    assert len(desk.get(f"/v1/trials/{first['trial']}/verdicts")["items"]) == 2


def test_logs_tell_what_happened(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    desk.report(claim, verdicts=[verdict(about)])
    desk.complete(claim)
    kinds = [e["kind"] for e in desk.get(f"/v1/trials/{about['trial']}/logs")["items"]]
    assert kinds == ["trial_running", "verdict", "trial_complete"]


def test_retry_trains_the_same_point_again(desk: Desk) -> None:
    study = desk.submit(trials=1)["id"]
    claim = desk.claim()
    trial = claim["assignments"][0]["trial"]
    assert desk.http.post(f"/v1/trials/{trial}/retry").status_code == 409
    desk.complete(claim)
    again = desk.http.post(f"/v1/trials/{trial}/retry").json()
    assert again["params"] == claim["assignments"][0]["params"]
    assert (again["number"], desk.study(study)["state"]) == (1, "running")


def test_trials_filtered_by_their_verdicts(desk: Desk) -> None:
    study = desk.submit(trials=3)["id"]
    claim = desk.claim(slots=3)
    first, second, _ = held(claim)
    desk.report(
        claim,
        verdicts=[verdict(first), verdict(second, severity="note")],
    )

    def found(**query: str) -> list[int]:
        return [t["id"] for t in desk.get(f"/v1/studies/{study}/trials", **query)["items"]]

    assert found(check="diverging") == [first["trial"], second["trial"]]
    assert found(severity="note") == [second["trial"]]
    assert found(check="diverging", severity="warning") == [first["trial"]]
    assert found(check="plateau") == []
