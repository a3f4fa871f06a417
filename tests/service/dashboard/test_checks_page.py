"""The catalogue of checks: how often each fires, and where."""

import csv
import io
import re

from tests.service.dashboard.filling import HOSTILE, at, diverged, healthy, point, study_of_each
from tests.service.dashboard.reading import page, read
from tests.service.desk import Desk, epoch, held, verdict


def order(said: str) -> list[str]:
    return re.findall(r'<tr id="(\w+)">', said)


def test_what_fires_most_comes_first(desk: Desk) -> None:
    assert "None has warned yet." in page(desk, "/checks")
    study, _ = study_of_each(desk)
    diverged(desk, point(desk, study, 0.8))
    said = page(desk, "/checks")
    assert order(said)[0] == "non_finite"
    assert "1 have warned" not in said
    assert "1 has warned; most often non_finite , 2 times." in read(said)
    row = read(said.split('<tr id="non_finite">')[1].split("</tr>")[0])
    assert re.search(r"2 ■ 2 – – – – 20\d\d-", row)
    by_name = order(page(desk, "/checks?sort=name"))
    assert by_name == sorted(by_name)


def test_checks_are_searched_by_name_and_by_what_they_see(desk: Desk) -> None:
    assert order(page(desk, "/checks?q=plateau")) == ["plateau"]
    assert "update_ratio" in order(page(desk, "/checks?q=size of an update"))
    said = page(desk, "/checks?q=nothing-like-it")
    assert "No check matches." in said
    assert "0 of" in said


def test_counts_of_one_study(desk: Desk) -> None:
    study, _ = study_of_each(desk, name="sick")
    other = at(desk, 0.1, name="well")
    healthy(desk, other)
    assert "None has warned yet in study" in page(desk, f"/checks?study={other['study']}")
    said = page(desk, f"/checks?study={study}")
    assert f'href="/checks/non_finite?study={study}"' in said
    assert "sick" in said
    inside = page(desk, f"/checks/non_finite?study={study}")
    assert "It warned in 1 of 1 verdict in study" in inside
    assert "Nothing is here" in page(desk, "/checks?study=99", status=404)


def test_causes_are_counted(desk: Desk) -> None:
    assert "No trial has been found to have a cause yet." in page(desk, "/checks")
    claim = at(desk, 1000.0)
    (about,) = held(claim)
    said = verdict(about, severity="fatal", causes={"lr_too_high": 0.9})
    desk.finish(claim, verdicts=[said])
    assert "The learning rate is too high 1 1" in read(page(desk, "/checks"))


def test_a_check_names_the_newest_trials_that_it_warned_of(desk: Desk) -> None:
    claim = at(desk, 0.1, name=HOSTILE)
    trials = []
    for number in range(22):
        if number:
            claim = point(desk, claim["study"], 0.1)
        [about] = held(claim)
        said = verdict(about, "plateau", summary=f"flat {number} {HOSTILE}")
        desk.finish(
            claim,
            epochs=[epoch(about, 1, val_accuracy=0.1)],
            verdicts=[said],
            ends=[about | {"state": "complete"}],
        )
        trials.append(about["trial"])
    said = page(desk, "/checks/plateau")
    shown = [int(each) for each in re.findall(r'href="/trials/(\d+)#plateau"', said)]
    assert shown == trials[:1:-1]
    assert "<script>alert" not in said
    rows = list(csv.DictReader(io.StringIO(desk.http.get("/checks/plateau?format=csv").text)))
    assert len(rows) == 22
    assert rows[0]["summary"].startswith("flat 21")


def test_a_check_that_only_passes_has_warned_of_nothing(desk: Desk) -> None:
    healthy(desk, at(desk, 0.1))
    said = read(page(desk, "/checks/initial_loss"))
    assert "It warned in 0 of 1 verdict." in said
    assert "It has warned of no trial yet." in said
    assert "It has not judged a trial yet." in page(desk, "/checks/plateau")


def test_an_unknown_check_names_the_nearest(desk: Desk) -> None:
    assert "did you mean" in page(desk, "/checks/platau", status=404)
    assert desk.http.get("/checks/platau?format=csv").status_code == 404


def test_the_catalogue_as_csv(desk: Desk) -> None:
    study_of_each(desk)
    rows = csv.DictReader(io.StringIO(desk.http.get("/checks?format=csv").text))
    by_name = {row["check"]: row for row in rows}
    assert by_name["non_finite"]["fatal"] == "1"
    assert by_name["update_ratio"]["note"] == "2"
    assert by_name["plateau"]["last_warned"] == ""
