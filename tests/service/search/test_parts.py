"""The folders are the menus: every file in them is one entry, and a study's document picks it."""

import json

import pytest
from pydantic import BaseModel, ValidationError

from diagnostics.parts import Folder
from service.search import (
    STOPPING,
    STRATEGIES,
    AnyStopping,
    AnyStrategy,
    StoppingRule,
    Strategy,
)
from service.search.stopping.none import None_
from service.search.strategies.random import Random
from trainer.recipe import Ingredient, entries, problems

PARTS: list[tuple[type[Ingredient], Folder, str]] = [
    *((Strategy, STRATEGIES, name) for name in STRATEGIES.names()),
    *((StoppingRule, STOPPING, name) for name in STOPPING.names()),
]


class Document(BaseModel):
    """The part of a study's document that this package reads."""

    strategy: AnyStrategy = Random()
    stopping: AnyStopping = None_()


def test_what_a_study_can_name() -> None:
    assert {"grid", "qmc", "random", "tpe"} <= set(STRATEGIES.names())
    assert {"halving", "median", "none"} <= set(STOPPING.names())


@pytest.mark.parametrize(("kind", "folder"), [(Strategy, STRATEGIES), (StoppingRule, STOPPING)])
def test_every_file_is_on_the_menu(kind: type[Ingredient], folder: Folder) -> None:
    assert entries(kind) == {name: folder.load(name) for name in folder.names()}


@pytest.mark.parametrize(("kind", "folder", "name"), PARTS)
def test_round_trip(kind: type[Ingredient], folder: Folder, name: str) -> None:
    field = "strategy" if kind is Strategy else "stopping"
    document = Document.model_validate({field: name})
    assert type(getattr(document, field)) is folder.load(name)
    again = json.loads(json.dumps(document.model_dump(mode="json")))
    assert Document.model_validate(again) == document


@pytest.mark.parametrize(("kind", "folder", "name"), PARTS)
def test_unknown_key_is_refused_with_the_nearest(
    kind: type[Ingredient], folder: Folder, name: str
) -> None:
    field = "strategy" if kind is Strategy else "stopping"
    with pytest.raises(ValidationError) as refused:
        Document.model_validate({field: {"name": name, "nmae": 1}})
    [problem] = problems(refused.value, Document)
    assert problem.field == f"{field}.nmae"
    assert "name" in problem.nearest


def test_unknown_strategy_names_the_nearest() -> None:
    with pytest.raises(ValidationError) as refused:
        Document.model_validate({"strategy": {"name": "gird"}})
    [problem] = problems(refused.value, Document)
    assert problem.nearest == ("grid",)


@pytest.mark.parametrize("seed", [-1, 2**31, 0.5, "x"])
def test_bad_seeds_are_refused(seed: object) -> None:
    with pytest.raises(ValidationError):
        Document.model_validate({"strategy": {"seed": seed}})


def test_defaults() -> None:
    document = Document.model_validate({"strategy": {"seed": 3}, "stopping": {}})
    assert document == Document(strategy=Random(seed=3), stopping=None_())


def test_the_menu_has_a_json_schema() -> None:
    schema = Document.model_json_schema()["properties"]["strategy"]
    assert len(schema["oneOf"]) == len(STRATEGIES.names())
