"""The pages of studies, checks and the fleet over a real service and database."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from diagnostics.check import CHECKS
from service.app import create_app
from service.dashboard import verdict_matrix
from service.dashboard.figures import STUDY_FIGURES, TRIAL_FIGURES
from service.settings import Settings
from tests.service.dashboard.filling import (
    HOSTILE,
    PLANE,
    at,
    diverged,
    failed,
    healthy,
    point,
    study_of_each,
)
from tests.service.dashboard.reading import page, read
from tests.service.desk import HOME, SHORT_LEASE, Desk, epoch, held, verdict


def test_an_empty_service_says_how_to_submit(desk: Desk) -> None:
    said = page(desk, "/")
    assert "<code>sitter study submit examples/digits.yaml</code>" in said
    assert "No study yet." in said
    assert "sitter worker" in page(desk, "/fleet")


def test_the_list_of_studies(desk: Desk) -> None:
    number, trials = study_of_each(desk, name="digits-lr-wd")
    empty = desk.submit(name="later")["id"]
    said = page(desk, "/")
    assert said.index(f"/studies/{empty}") < said.index(f"/studies/{number}")
    words = read(said)
    assert "2 studies running." in words
    assert "97.4 % lr 0.031, weight decay 2.1e-4 ■ fatal running 2 complete" in words
    assert "4 of 5 trials ended" in words
    assert f'href="/trials/{trials["good"]}"' in said


def test_the_list_goes_on_where_a_page_ends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.dashboard.home_room.STUDIES", 2)
    for name in ("first", "second", "third"):
        desk.submit(name=name)
    said = page(desk, "/")
    assert "third" in said
    assert "first" not in said
    [older] = re.findall(r'href="(/\?cursor=[^"]+)"', said)
    assert "first" in page(desk, older)


def test_a_study(desk: Desk) -> None:
    number, trials = study_of_each(desk, name="digits-lr-wd", note="why", tags=["a", "b"])
    said = page(desk, f"/studies/{number}")
    words = read(said)
    assert (
        "Best: lr 0.031, weight decay 2.1e-4 → 97.4 %; 1 trial diverged at lr 0.9; "
        "1 trial failed: ValueError: <b>no</b> data." in words
    )
    assert "4 of 5 trials ended, 1 failed 2 complete 1 infeasible 1 failed 1 running" in words
    for name in STUDY_FIGURES.names():
        drawn = f'data-figure="/v1/studies/{number}/figures/{name}"' in said
        assert drawn is (name != "rungs")  # it has no stopping rule
    assert "0 97.4 % 0.031 2.1e-4 5 complete ◆ note" in words
    assert "log_uniform:" in said
    assert "Tags a , b" in words
    assert f'href="/trials/{trials["diverged"]}#non_finite"' in said
    assert 'data-follow="study"' in said


def test_the_matrix_inherits_what_was_measured_once_for_the_shape(desk: Desk) -> None:
    first = at(desk, 0.1)
    [about] = held(first)
    summary = "The initial loss is 9.1; log C = 2.303 is what knows nothing."
    said = verdict(
        about, "initial_loss", severity="warning", scope="shape", summary=summary, first_epoch=0
    )
    desk.report(first, epochs=[epoch(about, 0)], verdicts=[said])
    diverged(desk, point(desk, int(first["study"]), 0.2))
    shown = unescape(page(desk, f"/studies/{first['study']}"))
    whole = f"Trial 1, initial_loss: warning. {summary}"
    assert f'title="{whole} (measured once for all trials of this shape)"' in shown
    assert shown.count(f'href="/trials/{about["trial"]}#initial_loss"') == 2


def test_what_all_checks_pass_is_told_in_a_line(desk: Desk) -> None:
    number, _ = study_of_each(desk)
    said = page(desk, f"/studies/{number}")
    assert "1 check found nothing, or could not judge" in read(said)
    matrix = said[said.index('<table class="matrix">') : said.index("</table>")]
    assert "#initial_loss" not in matrix
    assert "#update_ratio" in matrix


def test_the_matrix_counts_over_all_trials(desk: Desk) -> None:
    number, _ = study_of_each(desk)
    said = unescape(page(desk, f"/studies/{number}"))
    link = f'href="/studies/{number}?check=update_ratio&severity=note#trials"'
    assert f'{link} aria-label="2 note: show these trials">◆ 2</a>' in said
    chosen = read(page(desk, f"/studies/{number}?check=update_ratio&severity=note"))
    assert "Trials: update_ratio note" in chosen


def test_a_large_matrix_shows_the_worst_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict_matrix, "WATCHED", 2)
    number, trials = study_of_each(desk)
    said = page(desk, f"/studies/{number}")
    assert "The 2 trials with the worst verdicts, then the newest." in said
    shown = set(re.findall(r'<td data-trial="(\d+)"', said))
    assert shown == {str(trials["diverged"]), str(trials["worse"])}


def test_trials_that_are_as_good_as_the_best_are_told(desk: Desk) -> None:
    first = at(desk, 0.031, 2.1e-4)
    number = int(first["study"])
    healthy(desk, first)
    for lr, decay in ((0.2, 2.1e-4), (0.1, 1e-2)):
        healthy(desk, point(desk, number, lr, decay))
    healthy(desk, point(desk, number, 0.5), value=0.9)
    said = read(page(desk, f"/studies/{number}"))
    assert "2 other trials do as well, with lr 0.031 to 0.2, weight decay 2.1e-4 to 0.01" in said


def test_what_only_shows_across_trials_is_told(desk: Desk) -> None:
    first = at(desk, 0.01)
    number = int(first["study"])
    healthy(desk, first)
    for lr in (0.02, 0.03, 0.04, 0.05, 0.06):
        healthy(desk, point(desk, number, lr))
    for lr in (2.0, 3.0, 4.0, 5.0):
        diverged(desk, point(desk, number, lr))
    said = read(page(desk, f"/studies/{number}"))
    assert "lr from 2 on: infeasible in 4 of 4 trials, in none of the 6 others." in said


def test_the_table_is_filtered_and_sorted_by_its_address(desk: Desk) -> None:
    number, trials = study_of_each(desk)

    def listed(query: str) -> list[str]:
        html = page(desk, f"/studies/{number}?{query}")
        table = html[html.index('aria-label="Table of trials"') :]
        return re.findall(r'<tr data-trial="(\d+)"', table)

    assert listed("state=infeasible") == [str(trials["diverged"])]
    assert listed("check=non_finite&severity=fatal") == [str(trials["diverged"])]
    assert listed("sort=number&backwards=true") == [str(n) for n in (5, 4, 3, 2, 1)]
    best_first = listed("")
    assert best_first[0] == str(trials["good"])
    assert listed("backwards=true")[0] != str(trials["good"])
    nothing = page(desk, f"/studies/{number}?state=pruned")
    assert "No trial is like that." in nothing
    odd = read(page(desk, f"/studies/{number}?state=odd", status=404))
    assert "state=odd in the address: input should be 'waiting'" in odd


def test_what_can_be_done_to_a_study_depends_on_its_state(desk: Desk) -> None:
    number = desk.submit()["id"]
    running = page(desk, f"/studies/{number}")
    assert ">Pause</button>" in running
    assert ">Delete</button>" not in running
    desk.http.patch(f"/v1/studies/{number}", json={"state": "paused"})
    assert ">Resume</button>" in page(desk, f"/studies/{number}")
    desk.http.patch(f"/v1/studies/{number}", json={"state": "cancelled"})
    over = page(desk, f"/studies/{number}")
    assert ">Delete</button>" in over
    assert 'name="trials"' not in over


def test_more_trials_on_request(desk: Desk) -> None:
    number = desk.submit(trials=0)["id"]
    points = [{"optimizer.lr": 0.01 * n} for n in range(1, 26)]
    desk.http.post(f"/v1/studies/{number}/trials", json={"points": points})
    said = page(desk, f"/studies/{number}")
    assert "The first 20 of 25." in said
    assert f"/studies/{number}?show=80#trials" in said
    assert "Show more" not in page(desk, f"/studies/{number}?show=80")


def test_a_point_that_leaves_a_path_to_the_recipe(desk: Desk) -> None:
    recipe = {"optimizer": {"name": "sgd", "weight_decay": 3e-4}}
    number = desk.submit(space=PLANE, trials=0, recipe=recipe)["id"]
    desk.http.post(f"/v1/studies/{number}/trials", json={"points": [{"optimizer.lr": 0.1}]})
    assert "0 – 0.1 3e-4 – waiting" in read(page(desk, f"/studies/{number}"))
    [point, _] = desk.get(f"/v1/studies/{number}/figures/landscape")["data"]
    assert (point["x"], point["y"]) == ([0.1], [3e-4])


def test_a_new_study_says_what_will_come(desk: Desk) -> None:
    number = desk.submit(trials=64)["id"]
    words = read(page(desk, f"/studies/{number}"))
    assert "Waiting for a worker to take the first of 64 trials; sitter worker starts one." in words
    assert "Trials appear as soon as a worker takes the first one." in words
    assert "Verdicts appear with the first report of a trial." in words


def test_a_finished_study_is_not_followed(desk: Desk) -> None:
    claim = at(desk, 0.1)
    healthy(desk, claim)
    assert 'data-follow="no"' in page(desk, f"/studies/{claim['study']}")
    assert "Nothing is running" in page(desk, "/")


def test_the_catalogue_has_every_check(desk: Desk) -> None:
    said = page(desk, "/checks")
    for name in CHECKS.names():
        assert f'<tr id="{name}">' in said
        assert f'href="/checks/{name}"' in said


@pytest.mark.parametrize("name", CHECKS.names())
def test_a_check_has_a_page(desk: Desk, name: str) -> None:
    said = page(desk, f"/checks/{name}")
    for field in desk.get(f"/v1/checks/{name}")["thresholds"]:
        assert f"<code>{field}</code>" in said
    for heading in ("Sees", "Why it matters", "When it is wrong", "What to do", "Sources"):
        assert f"<h2>{heading}</h2>" in said
    assert "*" not in read(said)


def test_the_fleet(desk: Desk) -> None:
    desk.submit(trials=20)
    claim = desk.claim(slots=10, worker="gpu-3:4711")
    assert claim is not None
    said = page(desk, "/fleet")
    words = read(said)
    assert "1 worker is online, training 10 trials." in words
    assert "gpu-3:4711 online cpu trial 0 , trial 1" in words
    assert "and 2 more" in words
    assert f'href="/trials/{held(claim)[0]["trial"]}"' in said


@SHORT_LEASE
def test_a_silent_worker_is_lost(desk: Desk, settings: Settings) -> None:
    desk.submit(trials=1)
    desk.claim(worker="gone")
    impatient = settings.model_copy(update={"lease_seconds": 0.0001, "claim_wait_seconds": 0.0})
    with TestClient(create_app(impatient), base_url=HOME) as http:
        assert "No worker is online" in page(Desk(http), "/fleet")


def test_hostile_names_stay_text(desk: Desk) -> None:
    claim = at(desk, 0.1, name=HOSTILE, note=HOSTILE, tags=[HOSTILE])
    [about] = held(claim)
    said = verdict(
        about,
        "diverging",
        summary=HOSTILE,
        evidence={HOSTILE: {HOSTILE: HOSTILE}},
        remedy={"text": HOSTILE, "patch": {HOSTILE: HOSTILE}},
    )
    row = about | {"epoch": 1, "val_accuracy": 0.5, "signals": {"update_ratio": {HOSTILE: 0.1}}}
    desk.report(claim, verdicts=[said], epochs=[row])
    desk.claim(worker=HOSTILE)
    reason = HOSTILE + "long " * 2000
    failed(desk, claim, reason=reason)
    for path in ("/", f"/studies/{claim['study']}", f"/trials/{about['trial']}", "/fleet"):
        html = page(desk, path)
        assert "<script>alert" not in html
        assert "</td>'" not in html
        assert not re.search(r"\son\w+=", html)
    assert HOSTILE in unescape(page(desk, "/"))


def test_odd_signals_and_huge_numbers_do_not_break_a_page(desk: Desk) -> None:
    claim = at(desk, 0.1)
    [about] = held(claim)
    odd = {"update_ratio": {"fc1": "fast", "out": [1], "ok": 1.7e308}, "lr": "x", "steps": ["a"]}
    row = about | {"epoch": 1, "val_loss": 1.7e308, "train_loss": 1.7e308, "signals": odd}
    desk.report(
        claim,
        epochs=[row],
        verdicts=[verdict(about, evidence={"expected": 1.7e308}, check="initial_loss")],
    )
    page(desk, f"/trials/{about['trial']}")
    page(desk, f"/studies/{claim['study']}")
    for name in TRIAL_FIGURES.names():
        desk.get(f"/v1/trials/{about['trial']}/figures/{name}")
    for name in STUDY_FIGURES.names():
        desk.get(f"/v1/studies/{claim['study']}/figures/{name}")


def test_sections_that_differ_at_their_end_look_different(desk: Desk) -> None:
    losses = [
        {"name": "cross_entropy", "class_weights": [1.0] * 10, "label_smoothing": smoothing}
        for smoothing in (0.1, 0.2)
    ]
    study = desk.submit(space={"loss": {"values": losses}}, strategy="grid", trials=2)["id"]
    claim = desk.claim(slots=2)
    assert claim is not None
    desk.complete(claim)
    words = read(page(desk, f"/studies/{study}"))
    assert "{" not in words.split("The study as submitted")[0]
    assert words.count("1, 1], label smoothing 0.1)") == 2  # in the answer and in the table
    assert words.count("1, 1], label smoothing 0.2)") == 1


def test_the_highest_seed_has_repeats_and_pages(desk: Desk) -> None:
    study = desk.submit(recipe={"seed": 2**31 - 1}, trials=1, repeats=2)["id"]
    claim = desk.claim(slots=2)
    assert claim is not None
    assert [a["recipe"]["seed"] for a in claim["assignments"]] == [2**31 - 1, 0]
    desk.complete(claim)
    for about in held(claim):
        assert desk.get(f"/v1/trials/{about['trial']}")["state"] == "complete"
        page(desk, f"/trials/{about['trial']}")
    assert desk.study(study)["best"]["seeds"] == 2
