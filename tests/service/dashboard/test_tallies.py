"""Counts of verdicts are those of the rows, though most rows are counted once."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.dashboard import tallies
from service.dashboard.tallies import Tallies
from service.store import events, firings
from service.store.firings import Said
from service.tables import Study
from tests.service.dashboard.filling import diverged, healthy, point, study_of_each
from tests.service.desk import Desk, held, verdict


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every study is large; a number for each time that all verdicts of one are counted."""
    monkeypatch.setattr(tallies, "LARGE", 0)
    monkeypatch.setattr(tallies, "LOOK_BACK", 0)
    times: list[int] = []
    parted = firings.parted

    def noted(*given: Any) -> Any:
        times.append(len(times))
        return parted(*given)

    monkeypatch.setattr(firings, "parted", noted)
    return times


def agree(desk: Desk, kept: Tallies, study: int) -> bool:
    """Whether what is kept is what is there."""
    with desk.database.reading() as session:
        told = kept.said(session, session.get_one(Study, study))
        there = firings.said(session, study=study)
    assert there
    return numbers(told) == numbers(there)


def numbers(said: Sequence[Said]) -> set[tuple[str, str, int]]:
    return {(row.check, row.severity, row.times) for row in said}


def test_what_comes_is_counted_and_what_is_over_is_not_again(
    desk: Desk, counted: list[int]
) -> None:
    kept = Tallies()
    study, _ = study_of_each(desk)
    assert agree(desk, kept, study)
    healthy(desk, point(desk, study, 0.07))
    assert agree(desk, kept, study)
    diverged(desk, point(desk, study, 0.8))
    assert agree(desk, kept, study)
    assert len(counted) == 1


def test_a_verdict_that_changes_while_its_trial_runs_is_counted_once(
    desk: Desk, counted: list[int]
) -> None:
    kept = Tallies()
    study, _ = study_of_each(desk)
    claim = point(desk, study, 0.07)
    [about] = held(claim)
    for severity in ("note", "warning", "pass"):
        desk.report(claim, verdicts=[verdict(about, severity=severity)])
        assert agree(desk, kept, study)
    desk.finish(claim, ends=[about | {"state": "complete"}])
    assert agree(desk, kept, study)


def test_trials_that_were_open_are_settled_later(desk: Desk, counted: list[int]) -> None:
    kept = Tallies()
    study, _ = study_of_each(desk)
    late = point(desk, study, 0.07)
    diverged(desk, point(desk, study, 0.8))
    assert agree(desk, kept, study)
    healthy(desk, late)
    assert agree(desk, kept, study)
    assert agree(desk, kept, study)
    assert len(counted) == 1


def test_a_rejudged_trial_is_counted_anew(desk: Desk, counted: list[int]) -> None:
    kept = Tallies()
    study, trials = study_of_each(desk)
    assert agree(desk, kept, study)
    reply = desk.http.post(f"/v1/trials/{trials['diverged']}/rejudge", json={"keep": True})
    assert reply.status_code == 200, reply.text
    assert agree(desk, kept, study)
    assert len(counted) == 2


def test_where_an_old_trial_is_open_all_are_counted(
    desk: Desk, counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "MOST_OPEN", 0)
    kept = Tallies()
    study, _ = study_of_each(desk)
    diverged(desk, point(desk, study, 0.8))
    assert agree(desk, kept, study)
    assert counted == []


def test_of_studies_that_are_trained_beside_each_other_each_has_its_own(
    desk: Desk, counted: list[int]
) -> None:
    kept = Tallies()
    one, other = study_of_each(desk)[0], study_of_each(desk)[0]
    for _ in range(2):
        for study in (one, other):
            diverged(desk, point(desk, study, 0.8))
        assert agree(desk, kept, one)
        assert agree(desk, kept, other)
    assert len(counted) == 2


def test_a_rejudgement_that_is_seen_late_is_seen(
    desk: Desk, counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Postgres its event may have a lower number than one that was read already."""
    kept = Tallies()
    study, trials = study_of_each(desk)
    assert agree(desk, kept, study)
    desk.http.post(f"/v1/trials/{trials['diverged']}/rejudge", json={"keep": True})
    read = events.numbers
    monkeypatch.setattr(events, "numbers", lambda *_, **__: set())
    desk.submit(trials=0)
    with desk.database.reading() as session:
        kept.said(session, session.get_one(Study, study))
    monkeypatch.setattr(events, "numbers", read)
    assert agree(desk, kept, study)


def test_a_deleted_study_leaves_nothing_to_its_successor(desk: Desk, counted: list[int]) -> None:
    kept = Tallies()
    study, _ = study_of_each(desk)
    assert agree(desk, kept, study)
    desk.http.delete(f"/v1/studies/{study}")
    again, _ = study_of_each(desk)
    assert agree(desk, kept, again)
