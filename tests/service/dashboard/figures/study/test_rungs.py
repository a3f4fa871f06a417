"""The rungs of a stopping rule as rows."""

from typing import Any

from service.dashboard.figures.scene import Rung
from service.dashboard.figures.study.rungs import MOST, Rungs
from tests.service.dashboard.figures.study.scenes import study


def meta(*rungs: Rung, stopping: str = "halving", **facts: Any) -> dict[str, Any]:
    drawn: dict[str, Any] = Rungs().draw(study(rungs=rungs, stopping=stopping, **facts))
    found: dict[str, Any] = drawn["layout"]["meta"]
    return found


def test_a_study_without_a_rule_says_so() -> None:
    said = meta(stopping="none")["empty"]
    assert said == "This study has no stopping rule; every trial trains to its end."


def test_before_the_first_rung_it_says_what_will_come() -> None:
    assert "first rung" in meta()["empty"]


def test_a_rung_tells_who_reached_it_and_what_it_takes() -> None:
    told = meta(Rung(1, 30, 10, 0.512), Rung(3, 12, 18, None))
    assert told["drawn_by"] == "rungs"
    assert [row["cells"] for row in told["scene"]["rows"]] == [
        ["1", "40", "30", "10", "≥ 51.2 %"],
        ["3", "30", "12", "18", "–"],
    ]
    assert "stopped 28 trials of 40" in told["caption"]


def test_bars_are_shares_of_the_fullest_rung() -> None:
    rows = meta(Rung(1, 30, 10, 0.5), Rung(3, 15, 5, 0.6))["scene"]["rows"]
    assert [(row["kept"], row["stopped"]) for row in rows] == [(75.0, 25.0), (37.5, 12.5)]


def test_a_loss_has_to_stay_below_its_threshold() -> None:
    told = meta(Rung(1, 3, 1, 0.251), metric="val_loss", maximize=False)
    assert told["scene"]["rows"][0]["cells"][-1] == "≤ 0.251"


def test_of_many_rungs_some_are_shown_and_the_caption_says_so() -> None:
    told = meta(*(Rung(epoch, 5, 1, 0.5) for epoch in range(1, 1001)), stopping="median")
    assert len(told["scene"]["rows"]) <= MOST
    assert "1\u2009000 rungs" in told["caption"]
