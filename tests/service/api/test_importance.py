"""/v1/studies/{id}/importance over a real database."""

import pytest

from service.dashboard import census
from tests.service.dashboard import filling
from tests.service.desk import Desk

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.2, 0.3, 0.5, 0.8, 0.9)


def study_of(desk: Desk, rates: tuple[float, ...] = RATES) -> int:
    """A trial per rate whose score follows from the rate alone."""
    number = int(desk.submit(space=filling.PLANE, trials=0)["id"])
    for i, lr in enumerate(rates):
        claim = filling.point(desk, number, lr, 10 ** (-6 + i * 7 % 5))
        filling.healthy(desk, claim, value=0.9 - lr / 2)
    return number


def test_the_settings_come_with_their_shares(desk: Desk) -> None:
    answer = desk.get(f"/v1/studies/{study_of(desk)}/importance")
    assert answer["trials"] == len(RATES)
    assert answer["items"][0]["path"] == "optimizer.lr"
    assert 0.5 < answer["items"][0]["importance"] <= 1


def test_a_young_study_has_none_yet(desk: Desk) -> None:
    number = study_of(desk, RATES[:3])
    assert desk.get(f"/v1/studies/{number}/importance") == {"items": [], "trials": 3}
    figure = desk.get(f"/v1/studies/{number}/figures/importance")
    assert "ten trials" in figure["layout"]["meta"]["empty"]


def test_the_figure_shows_the_same_shares(desk: Desk) -> None:
    number = study_of(desk)
    shares = desk.get(f"/v1/studies/{number}/importance")["items"]
    [bars] = desk.get(f"/v1/studies/{number}/figures/importance")["data"]
    assert bars["x"] == [round(100 * item["importance"], 1) for item in shares]


def test_it_is_computed_once_per_number_of_trials(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = study_of(desk)
    asked = []
    computed = census.importance
    monkeypatch.setattr(census, "importance", lambda *a: [asked.append(1), computed(*a)][1])
    for _ in range(3):
        desk.get(f"/v1/studies/{number}/importance")
    assert len(asked) == 1
    filling.healthy(desk, filling.point(desk, number, 0.7))
    desk.get(f"/v1/studies/{number}/importance")
    assert len(asked) == 2


def test_an_unknown_study_is_not_found(desk: Desk) -> None:
    assert desk.http.get("/v1/studies/999/importance").status_code == 404
