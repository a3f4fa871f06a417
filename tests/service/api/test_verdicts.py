from datetime import UTC, datetime, timedelta

import pytest

from diagnostics.check import CHECKS
from tests.service.desk import Desk, held, verdict


@pytest.fixture
def two_trials(desk: Desk) -> tuple[int, list[int]]:
    study = desk.submit(trials=2)["id"]
    claim = desk.claim(slots=2)
    first, second = held(claim)
    remedy = {"text": "Lower lr.", "patch": {"optimizer.lr": 0.01}}
    news = [
        verdict(
            first,
            evidence={"loss": 3.2},
            remedy=remedy,
            causes={"lr_too_high": 0.7},
            first_epoch=1,
            last_epoch=4,
        ),
        verdict(first, check="plateau", severity="note"),
        verdict(second, severity="pass"),
    ]
    desk.report(claim, verdicts=news)
    return study, [first["trial"], second["trial"]]


def test_a_verdict_has_every_field(desk: Desk, two_trials: tuple[int, list[int]]) -> None:
    study, (first, _) = two_trials
    (found,) = desk.get("/v1/verdicts", trial=first, check="diverging")["items"]
    assert found.pop("id") > 0
    assert found.pop("created_at")
    assert found == {
        "study": study,
        "trial": first,
        "check": "diverging",
        "severity": "warning",
        "summary": "lr 10 is too high",
        "evidence": {"loss": 3.2},
        "remedy": {"text": "Lower lr.", "patch": {"optimizer.lr": 0.01}},
        "causes": {"lr_too_high": 0.7},
        "first_epoch": 1,
        "last_epoch": 4,
        "shared": False,
    }


def test_every_filter_narrows(desk: Desk, two_trials: tuple[int, list[int]]) -> None:
    study, (first, second) = two_trials

    def count(**query: object) -> int:
        return len(desk.get("/v1/verdicts", **query)["items"])

    assert count() == count(study=study) == 3
    assert (count(trial=first), count(trial=second)) == (2, 1)
    assert count(check="plateau") == 1
    assert count(severity="pass") == 1
    assert count(study=study, check="diverging", severity="warning") == 1
    assert count(since=(datetime.now(UTC) + timedelta(hours=1)).isoformat()) == 0
    assert count(since=(datetime.now(UTC) - timedelta(hours=1)).isoformat()) == 3


def test_a_later_verdict_of_a_check_replaces_its_earlier_one(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    for severity in ("warning", "pass", "note"):
        desk.report(claim, verdicts=[verdict(about, severity=severity)])
    (found,) = desk.get("/v1/verdicts")["items"]
    assert found["severity"] == "note"


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"check": "platau"}, 422, "did you mean 'plateau'"),
        ({"severity": "bad"}, 422, "severity"),
        ({"study": 9}, 404, "there is no study 9"),
        ({"trial": 9}, 404, "there is no trial 9"),
        ({"since": "yesterday"}, 422, "since"),
    ],
)
def test_bad_filters_are_named(
    desk: Desk, query: dict[str, object], status: int, says: str
) -> None:
    reply = desk.http.get("/v1/verdicts", params=query)
    assert reply.status_code == status
    assert says in reply.json()["detail"]


def test_an_unknown_severity_in_a_report_is_refused(desk: Desk) -> None:
    desk.submit(trials=1)
    claim = desk.claim()
    (about,) = held(claim)
    reply = desk.send(claim, verdicts=[verdict(about, severity="terrible")])
    assert reply.status_code == 422
    assert "verdicts.0.severity" in reply.json()["fields"][0]["field"]
    assert desk.get("/v1/verdicts")["items"] == []


def test_the_catalogue_has_every_check_with_its_page(desk: Desk) -> None:
    listed = desk.get("/v1/checks")["items"]
    assert [check["name"] for check in listed] == list(CHECKS.names())
    for check in listed:
        assert "Sees" in check["page"]
        assert set(check["thresholds"]) == set(vars(CHECKS.load(check["name"])()))
    one = desk.get("/v1/checks/plateau")
    assert one["name"] == "plateau"
    reply = desk.http.get("/v1/checks/platau")
    assert reply.status_code == 404
    assert "did you mean 'plateau'" in reply.json()["detail"]
