"""/v1/drafts: a study that is being written, as the service would read it."""

from typing import Any

import pytest
from sqlalchemy import event

from service import yaml_text
from service.study import EXAMPLE
from tests.service.desk import Desk, epoch, held

GRID = {"optimizer.lr": {"log_uniform": [1e-4, 1.0], "points": 3}, "epochs": {"values": [5, 15]}}


def drafted(desk: Desk, **body: Any) -> dict[str, Any]:
    reply = desk.http.post("/v1/drafts", json=body)
    assert reply.status_code == 200, reply.text
    answer = reply.json()
    assert isinstance(answer, dict)
    return answer


def of(desk: Desk, **changes: Any) -> dict[str, Any]:
    """The example with these settings in place of its own."""
    return drafted(desk, document=EXAMPLE | changes)


def test_yaml_and_document_are_two_ways_to_say_the_same(desk: Desk) -> None:
    text = yaml_text.printed(EXAMPLE)
    by_document, by_yaml = drafted(desk, document=EXAMPLE), drafted(desk, yaml=text)
    assert by_document == by_yaml
    assert by_document["yaml"] == text
    assert by_yaml["document"] == EXAMPLE
    assert by_yaml["problems"] == []


def test_what_is_typed_as_yaml_is_left_as_it_is(desk: Desk) -> None:
    text = "name: x   # mine\nspace: {optimizer.lr: {log_uniform: [1e-4, 1e-1]}}"
    answer = drafted(desk, yaml=text)
    assert answer["yaml"] == text
    assert answer["document"]["space"] == {"optimizer.lr": {"log_uniform": [1e-4, 0.1]}}
    assert answer["problems"] == []


def test_a_problem_has_its_field_its_value_and_its_line(desk: Desk) -> None:
    text = "name: x\nrecipe:\n  optimizer: {name: sgdd}\n  epochs: 0\n"
    menu, epochs = drafted(desk, yaml=text)["problems"]
    assert menu["field"] == "recipe.optimizer.name"
    assert menu["nearest"] == ["sgd"]
    assert menu["line"] == 3
    assert epochs["field"] == "recipe.epochs"
    assert epochs["value"] == 0
    assert epochs["line"] == 4


def test_problems_are_those_of_submitting(desk: Desk) -> None:
    for wrong in (
        {"trials": -1},
        {"space": {"optimizer.lrr": {"uniform": [0, 1]}}},
        {"recipe": {"transfer": {"trial": 99}}},
        {"diagnostics": {"checks": {"plateaus": {}}}},
        {"strategy": "grid"},
    ):
        submitted = desk.http.post("/v1/studies", json=EXAMPLE | wrong).json()["fields"]
        found = of(desk, **wrong)["problems"]
        assert [(p["field"], p["message"]) for p in found] == [
            (p["field"], p["message"]) for p in submitted
        ]


def test_nothing_is_written(desk: Desk) -> None:
    engine = desk.database.engine
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement.split()[0])

    event.listen(engine, "before_cursor_execute", note)
    drafted(desk, document=EXAMPLE)
    assert "SELECT" in seen
    assert not {"INSERT", "UPDATE", "DELETE"} & set(seen)
    assert desk.get("/v1/studies")["items"] == []


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x", "- 1", "", "a: [1", "just words"])
def test_what_is_no_study_is_a_problem_of_the_yaml(desk: Desk, text: str) -> None:
    answer = drafted(desk, yaml=text)
    assert answer["document"] is None
    [problem] = answer["problems"]
    assert problem["field"] == "yaml"
    assert answer["estimate"] is None


@pytest.mark.parametrize("name", ["random", "qmc"])
def test_samples_are_the_points_that_the_study_then_tries(desk: Desk, name: str) -> None:
    changes = {"strategy": {"name": name, "seed": 7}, "trials": 5}
    samples = of(desk, **changes)["samples"]
    study = desk.submit(**EXAMPLE | changes)["id"]
    claimed = [desk.claim(study=study) for _ in range(5)]
    tried = [claim["assignments"][0]["params"] for claim in claimed if claim]
    for path, values in samples.items():
        assert values == [point[path] for point in tried]


def test_at_most_64_points_are_sampled(desk: Desk) -> None:
    answer = of(desk, trials=5000)
    assert len(answer["samples"]["optimizer.lr"]) == 64
    assert answer["sampled"] == "The first 64 points that random will try."


def test_a_grid_shows_each_value_once(desk: Desk) -> None:
    answer = of(desk, space=GRID, strategy="grid", trials=None)
    assert answer["samples"]["epochs"] == [5, 15]
    assert answer["samples"]["optimizer.lr"] == pytest.approx([1e-4, 1e-2, 1.0])
    assert answer["sampled"] == "The values that the grid will try, in 6 trials."


def test_a_strategy_that_learns_shows_how_it_begins(desk: Desk) -> None:
    answer = of(desk, strategy={"name": "tpe", "startup_trials": 4})
    assert len(answer["samples"]["optimizer.lr"]) == 4
    assert answer["sampled"].startswith("4 examples of how tpe begins")


def test_samples_stay_while_another_field_is_wrong(desk: Desk) -> None:
    space = EXAMPLE["space"] | {"optimizer.momentum": {"uniform": [1, 0]}}
    answer = of(desk, name="", space=space)
    assert set(answer["samples"]) == set(EXAMPLE["space"])
    assert answer["sampled"] == ""
    assert {p["field"] for p in answer["problems"]} == {"name", "space.optimizer.momentum"}


def test_the_cost_counts_epochs_and_time_as_measured_before(desk: Desk) -> None:
    assert of(desk)["estimate"]["sentence"] == (
        "64 trials × 20 epochs = 1\u2009280 epochs; the time is unknown until the first epoch; "
        "no worker is online now."
    )
    number = desk.submit(recipe=EXAMPLE["recipe"])["id"]
    for worker in ("one", "two"):
        claim = desk.claim(worker=worker)
        assert claim is not None
        rows = [epoch(a, n, seconds=0.5) for a in held(claim) for n in (1, 2)]
        desk.report(claim, epochs=rows)
    cost = of(desk)["estimate"]
    assert cost["sentence"] == (
        f"64 trials × 20 epochs = 1\u2009280 epochs; about 5 min 20 s with 2 workers "
        f"(as in study {number})."
    )
    assert (cost["epochs"], cost["seconds"], cost["workers"]) == (1280, 320.0, 2)
    other = of(desk, recipe=EXAMPLE["recipe"] | {"batch_size": 32})["estimate"]
    assert other["seconds"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"repeats": 3}, "64 points × 3 repeats × 20 epochs = 3\u2009840 epochs;"),
        ({"trials": 1, "stopping": "median"}, "1 trial × 20 epochs = at most 20 epochs;"),
        (
            {"space": GRID, "strategy": "grid", "trials": None},
            "6 trials × about 10 epochs = about 60 epochs;",
        ),
    ],
)
def test_the_cost_in_words(desk: Desk, changes: dict[str, Any], said: str) -> None:
    assert of(desk, **changes)["estimate"]["sentence"].startswith(said)


@pytest.mark.parametrize(
    "body", [{}, {"yaml": "a: 1", "document": {}}, {"document": [1]}, {"yml": "a: 1"}]
)
def test_a_draft_is_yaml_or_a_document(desk: Desk, body: dict[str, Any]) -> None:
    reply = desk.http.post("/v1/drafts", json=body)
    assert reply.status_code == 422
    assert reply.json()["fields"]


def test_too_large_and_too_deep_drafts_are_refused(desk: Desk) -> None:
    deep: Any = {}
    for _ in range(40):
        deep = {"a": deep}
    for body in ({"yaml": "#" * 100_001}, {"document": deep}, {"document": {"a": [0] * 60_000}}):
        assert desk.http.post("/v1/drafts", json=body).status_code == 422


def test_hostile_text_comes_back_as_it_was(desk: Desk) -> None:
    name = "<script>alert(1)</script>\u202e🎉"
    answer = of(desk, name=name, note="x" * 10_000)
    assert answer["document"]["name"] == name
    assert yaml_text.read(answer["yaml"]).value["name"] == name
    assert answer["problems"] == []


@pytest.mark.parametrize(
    "text",
    [
        '{"document": {"name": "\\ud800"}}',
        '{"yaml": "name: \\ud800"}',
        '{"document": {"name": "x", "space": {"optimizer.lr": {"uniform": [NaN, 1e999]}}}}',
        '{"document": {"name": NaN, "trials": Infinity}}',
        '{"document": {"name": "\\u0000\\u0007", "space": {"": {"choice": [[], {}, null]}}}}',
        '{"document": {"trials": 9, "space": {"optimizer.lr": {"uniform": [0, 9]}}}}'.replace(
            "9", "9" * 400
        ),
        '{"document": {"space": [1], "strategy": 7, "recipe": "x"}}',
        '{"document": {"space": {"epochs": {"int": [1, 9007199254740993]}}, "strategy": "grid"}}',
    ],
)
def test_what_no_form_sends_is_answered_all_the_same(desk: Desk, text: str) -> None:
    headers = {"Content-Type": "application/json"}
    reply = desk.http.post("/v1/drafts", content=text, headers=headers)
    assert reply.status_code in (200, 422), reply.text
    answer = reply.json()
    assert answer["problems"] if reply.status_code == 200 else answer["fields"]
