"""The newest study is opened before anybody asks for it."""

import threading
from typing import Any

import pytest

from service.dashboard.census import Censuses
from service.dashboard.tallies import Tallies
from service.store import pages
from service.tables import Study
from service.warming import Warmer
from tests.service.dashboard.filling import study_of_each
from tests.service.desk import Desk


def warmed(desk: Desk) -> tuple[Censuses, Tallies]:
    censuses, tallies = Censuses(), Tallies()
    warmer = Warmer(desk.database, censuses, tallies)
    warmer.start()
    warmer.join()
    return censuses, tallies


def test_the_points_of_the_newest_study_are_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_of_each(desk)
    study, trials = study_of_each(desk)
    censuses, _ = warmed(desk)
    monkeypatch.setattr("service.dashboard.census.LOOK_BACK", 0)
    asked: list[int] = []
    read = pages.points

    def noted(*given: Any, above: int, among: set[int]) -> Any:
        asked.append(above)
        return read(*given, above=above, among=among)

    monkeypatch.setattr(pages, "points", noted)
    with desk.database.reading() as session:
        found = censuses.points(session, session.get_one(Study, study))
    assert {point.trial for point in found} == set(trials.values())
    assert asked == [max(trials.values())], "older ones are known"


def test_nothing_is_amiss_without_a_study(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    warmed(desk)
    assert caplog.records == []


def test_what_goes_wrong_is_told_and_harms_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    study_of_each(desk)
    monkeypatch.setattr("service.dashboard.study_room.study_page", None)
    warmed(desk)
    assert "ahead of time" in caplog.text


def test_who_stops_it_waits_for_what_is_read_and_for_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_of_each(desk)
    begun, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def slow(*_: object) -> None:
        begun.set()
        assert go_on.wait(10)

    monkeypatch.setattr("service.dashboard.study_room.study", slow)
    monkeypatch.setattr("service.warming.study_importance", lambda *_: done.append("importance"))
    monkeypatch.setattr("service.warming.PATIENCE_SECONDS", 0.01)
    warmer = Warmer(desk.database, Censuses(), Tallies())
    warmer.start()
    assert begun.wait(10)
    warmer.stop()
    go_on.set()
    warmer.join(10)
    assert not warmer.is_alive()
    assert done == []
