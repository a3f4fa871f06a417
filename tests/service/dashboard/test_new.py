"""`/new` before its scripts run: the YAML, and copies of studies."""

from html import unescape
from typing import Any

import yaml

from service.dashboard.new_room import brief, copy
from service.study import EXAMPLE, StudyDocument
from tests.service.dashboard.filling import HOSTILE
from tests.service.dashboard.reading import page, read
from tests.service.desk import Desk


def written(html: str) -> Any:
    """What the page's YAML says."""
    area = html.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    return yaml.safe_load(unescape(area))


def test_the_page_begins_with_an_example_that_can_be_submitted(desk: Desk) -> None:
    html = page(desk, "/new")
    assert written(html) == EXAMPLE
    assert desk.http.post("/v1/studies", json=written(html)).status_code == 201
    assert "sitter study submit study.yaml" in html.partition("<noscript>")[2]


def test_a_copy_says_what_the_study_said(desk: Desk) -> None:
    recipe = {"optimizer": {"name": "adam", "lr": 0.01}, "augment": [{"name": "gaussian_noise"}]}
    study = desk.submit(**EXAMPLE | {"recipe": recipe, "tags": ["a"], "strategy": "qmc"})
    html = page(desk, f"/new?from={study['id']}")
    copied = written(html)
    assert copied["name"] == "digits-lr-wd (copy)"
    assert copied["recipe"]["optimizer"] == {"name": "adam", "lr": 0.01}
    assert "loss" not in copied["recipe"]
    stored = desk.study(study["id"])["document"]
    again = StudyDocument.parse(copied).model_dump(mode="json")
    assert again | {"name": ""} == stored | {"name": ""}
    assert f"A copy of study {study['id']}" in read(html)


def test_every_setting_that_is_no_default_survives_a_copy() -> None:
    document = StudyDocument.parse(
        EXAMPLE
        | {
            "recipe": {
                "model": {"name": "mlp", "norm": "batch", "activation": {"name": "elu"}},
                "early_stopping": {"patience": 3},
                "evaluation": {"metrics": [{"name": "f1"}]},
            },
            "objective": {"metric": "val_loss"},
            "strategy": {"name": "tpe", "seed": 3},
            "stopping": "halving",
            "diagnostics": {"checks": {"plateau": {}}},
        }
    )
    assert StudyDocument.parse(brief(document)) == document


def test_a_study_whose_parts_are_gone_is_copied_as_it_is() -> None:
    document = {"name": "n" * 200, "recipe": {"model": {"name": "a_plugin_of_old"}}}
    copied = copy(document)
    assert copied["recipe"] == document["recipe"]
    assert len(copied["name"]) <= 200


def test_a_study_that_does_not_exist_cannot_be_copied(desk: Desk) -> None:
    for wrong in ("99", "x", "0"):
        assert "Nothing is here" in page(desk, f"/new?from={wrong}", status=404)


def test_hostile_names_are_text(desk: Desk) -> None:
    study = desk.submit(name=HOSTILE)["id"]
    html = page(desk, f"/new?from={study}")
    assert "<script>alert" not in html
    assert written(html)["name"].startswith(HOSTILE[:20])
