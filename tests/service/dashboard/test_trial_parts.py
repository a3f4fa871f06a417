"""Parts of a trial's page: cards, figures that are left out, mistakes, recipe, log and buttons."""

import json
from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

import pytest
import yaml
from PIL import Image

from diagnostics.check import CHECKS
from service.dashboard.trial_room import KNOWN_FILES
from service.dashboard.verdict_card import doubts
from sitter.fleet import telling
from tests.service.dashboard.filling import HOSTILE, at, diverged, failed, healthy, keep, point
from tests.service.dashboard.reading import page, read
from tests.service.desk import Desk, epoch, held, verdict

PIXELS = b64encode(bytes(range(4))).decode()
SAMPLE = {"index": 31, "true": 1, "predicted": 0, "probability": 0.994, "picture": None}
PICTURE = {"width": 2, "height": 2, "channels": 1, "pixels": PIXELS}


def said_of(desk: Desk, **said: Any) -> str:
    """The page of a running trial with one verdict and three epochs."""
    claim = at(desk, 1000.0)
    (about,) = held(claim)
    rows = [epoch(about, n, val_accuracy=0.1) for n in (1, 2, 3)]
    desk.report(claim, epochs=rows, verdicts=[verdict(about, **said)])
    return page(desk, f"/trials/{about['trial']}")


def test_a_card_says_what_it_sees_how_sure_it_is_and_what_would_prove_it_wrong(desk: Desk) -> None:
    said = said_of(
        desk,
        evidence={"best_loss": 1.0, "untrained_loss": 2.3, "update_ratio": {"fc1": 0.5}},
        causes={"lr_too_high": 0.7, "loss_diverging": 0.4},
    )
    words = read(said)
    assert "Likely (0.70): the learning rate is too high." in words
    assert f"When it is wrong: {doubts('diverging')[:60]}" in words
    assert "Training loss by epoch" in words
    assert "dashed: untrained 2.30" in words
    assert "<polyline points=" in said
    assert "fc1 0.5 The tinted band, 1e-4 to 0.01, is fine." in words
    assert 'href="/studies/1?check=diverging&amp;severity=warning#trials"' in said
    assert 'href="/checks/diverging"' in said


def test_a_check_that_is_not_installed_still_has_its_card(desk: Desk) -> None:
    said = said_of(desk, check="of_a_plugin", summary=HOSTILE)
    assert 'id="of_a_plugin"' in said
    assert "<script>alert" not in said
    assert "When it is wrong" not in said


@pytest.mark.parametrize("check", CHECKS.names())
def test_every_check_says_in_a_sentence_what_would_prove_it_wrong(check: str) -> None:
    assert 20 < len(doubts(check)) < 300
    assert doubts(check).endswith((".", "?"))


def test_verdicts_that_found_nothing_take_one_line_each(desk: Desk) -> None:
    words = read(page(desk, f"/trials/{healthy(desk, at(desk, 0.1))}"))
    assert "Passed (1) ● pass initial_loss before training : The initial loss is 2.39" in words


def test_a_figure_whose_signal_never_came_is_left_out(desk: Desk) -> None:
    claim = at(desk, 0.1)
    desk.complete(claim)
    said = page(desk, f"/trials/{held(claim)[0]['trial']}")
    assert "figures/loss" in said
    assert "figures/accuracy" in said
    for name in ("update_ratio", "gradient_norm", "activations", "confusion"):
        assert f"figures/{name}" not in said


def test_a_figure_whose_signal_may_come_has_its_place(desk: Desk) -> None:
    claim = at(desk, 0.1, diagnostics={"profile": "cheap"})
    said = page(desk, f"/trials/{held(claim)[0]['trial']}")
    assert "figures/update_ratio" in said
    assert "figures/activations" not in said


def test_a_trial_that_never_began_has_no_figures(desk: Desk) -> None:
    assert "data-figure" not in page(desk, f"/trials/{failed(desk, at(desk, 0.1))}")


def test_the_worst_samples_are_shown_with_their_pictures(desk: Desk) -> None:
    claim = at(desk, 0.1)
    samples = [SAMPLE | {"picture": PICTURE}, SAMPLE | {"index": 1234, "probability": None}]
    content = {"labels": ["cat", HOSTILE[:90]], "samples": samples}
    keep(desk, claim, "worst.json", json.dumps(content).encode())
    said = page(desk, f"/trials/{healthy(desk, claim)}")
    words = read(said)
    assert "→ cat , 99.4 % sample 31" in words
    assert "sample 1 234" in words
    assert "<script>alert" not in said
    (encoded,) = [part.split('"')[0] for part in said.split("data:image/png;base64,")[1:]]
    image = Image.open(BytesIO(b64decode(encoded)))
    assert (image.mode, image.tobytes()) == ("L", bytes(range(4)))
    assert "True class cat" in words


@pytest.mark.parametrize(
    "content",
    [
        b"no json",
        b"[]",
        json.dumps({"samples": [SAMPLE | {"true": "<b>"}]}).encode(),
        json.dumps({"samples": [SAMPLE] * 13}).encode(),
        b" " * 30_000 + b"{}",
    ],
)
def test_what_is_no_file_of_worst_samples_is_not_shown(desk: Desk, content: bytes) -> None:
    claim = at(desk, 0.1)
    keep(desk, claim, "worst.json", content)
    said = page(desk, f"/trials/{healthy(desk, claim)}")
    assert "most wrong about?" not in said


@pytest.mark.parametrize(
    "wrong", [{"pixels": "AA=="}, {"pixels": "<b>"}, {"channels": 2}, {"pixels": PIXELS * 9}]
)
def test_a_picture_that_is_none_is_left_out(desk: Desk, wrong: dict[str, Any]) -> None:
    claim = at(desk, 0.1)
    content = {"samples": [SAMPLE | {"picture": PICTURE | wrong}]}
    keep(desk, claim, "worst.json", json.dumps(content).encode())
    said = page(desk, f"/trials/{healthy(desk, claim)}")
    assert "sample 31" in read(said)
    assert "data:image" not in said


def test_files_are_called_as_workers_call_them() -> None:
    assert set(KNOWN_FILES) == {telling.CHECKPOINT, telling.CONFUSION, telling.WORST}


def test_the_recipe_beside_that_of_the_best(desk: Desk) -> None:
    first = at(desk, 0.031)
    best = healthy(desk, first)
    other = healthy(desk, point(desk, first["study"], 0.5), value=0.4)
    words = read(page(desk, f"/trials/{other}"))
    assert "What differs from the study's best, trial 0 :" in words
    assert "Setting This trial Best Learning rate 0.5 0.031 The whole recipe" in words
    assert "This is the best trial of its study." in read(page(desk, f"/trials/{best}"))


def test_the_recipe_can_be_downloaded(desk: Desk) -> None:
    trial = held(at(desk, 0.031))[0]["trial"]
    reply = desk.http.get(f"/trials/{trial}/recipe.yaml")
    assert reply.headers["content-disposition"] == f'attachment; filename="trial-{trial}.yaml"'
    assert yaml.safe_load(reply.text) == desk.get(f"/v1/trials/{trial}")["recipe"]


def test_a_point_that_makes_no_recipe_still_has_its_page(desk: Desk) -> None:
    space = {"optimizer.nesterov": {"choice": [True]}, "optimizer.momentum": {"choice": [0.0]}}
    study = desk.submit(space=space, recipe={"optimizer": {"momentum": 0.5}}, trials=1)["id"]
    assert desk.claim(study=study) is None
    listed = desk.get(f"/v1/studies/{study}/trials", state="failed")["items"]
    said = page(desk, f"/trials/{listed[0]['id']}")
    assert "Its values do not go together: they make no recipe." in read(said)
    assert "Copy as YAML" not in said
    reply = desk.http.get(f"/trials/{listed[0]['id']}/recipe.yaml")
    assert reply.status_code == 404


def test_the_log_tells_what_happened_the_newest_first(desk: Desk) -> None:
    claim = at(desk, 0.9)
    (about,) = held(claim)
    for number in (1, 2, 3):
        desk.report(claim, verdicts=[verdict(about, summary=f"For the {number}th time.")])
    words = read(page(desk, f"/trials/{diverged(desk, claim)}"))
    log = words.partition("Log, newest first")[2]
    assert "Infeasible with 10.0 % validation accuracy: The loss is not finite" in log
    assert log.index("Infeasible with") < log.index("diverging: For the 3th time.")
    assert log.index("diverging:") < log.index("Attempt 1 began.")
    assert "For the 2th time." not in log  # a check that says the same is told once


def test_a_long_log_has_more(desk: Desk) -> None:
    claim = at(desk, 0.9)
    (about,) = held(claim)
    said = [verdict(about, check=f"check_{number}") for number in range(60)]
    desk.report(claim, verdicts=said)
    path = f"/trials/{about['trial']}"
    assert 'href="?log=200#log"' in page(desk, path)
    assert "Show more" not in page(desk, f"{path}?log=200")
    page(desk, f"{path}?log=0", status=404)


def test_what_can_be_done_follows_the_state(desk: Desk) -> None:
    claim = at(desk, 0.1)
    trial = held(claim)[0]["trial"]
    running = page(desk, f"/trials/{trial}")
    assert f'data-url="/v1/trials/{trial}/cancel"' in running
    assert "It stops after 0 of 20 epochs." in running
    assert "Retry" not in running
    desk.http.post(f"/v1/trials/{trial}/cancel")
    cancelled = page(desk, f"/trials/{trial}")
    assert "/cancel" not in cancelled
    retry = f'data-url="/v1/trials/{trial}/retry" data-after="open" data-to="/trials/{{id}}">Retry'
    assert retry in cancelled
