"""The process that looks at a recipe's data and model for others."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trainer.errors import BadFile
from trainer.recipe import Recipe
from trainer.show import shown

DATA = Path("data")


def ask(question: dict[str, Any]) -> tuple[int, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "trainer.show"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
    )
    return done.returncode, json.loads(done.stdout)


def test_the_process_answers_as_json() -> None:
    code, answer = ask({"recipe": {"model": "text_cnn"}, "folder": "data", "form": None})
    assert code == 1
    assert answer["error"]["field"] == "model.name"
    assert answer["error"]["value"] == "text_cnn"
    assert "reads texts" in answer["error"]["message"]


def test_of_the_data() -> None:
    answer = shown(Recipe(), DATA, None)
    assert answer["form"]["shape"] == (1, 8, 8)
    assert answer["samples"] == {"train": 1437, "validation": 360}
    assert [row["name"] for row in answer["layers"]] == ["flatten", "fc1", "relu1", "output"]
    assert answer["totals"]["parameters"] == 64 * 64 + 64 + 64 * 10 + 10
    assert sum(row["parameters"] for row in answer["layers"]) == answer["totals"]["parameters"]
    json.dumps(answer)


def test_of_a_form_no_data_is_loaded() -> None:
    chosen = Recipe.model_validate(
        {"data": {"name": "csv", "file": "none.csv"}, "model": "text_cnn"}
    )
    form = {"shape": [12], "outputs": 3, "task": "classification", "vocabulary": 40}
    answer = shown(chosen, Path("nowhere"), form)
    assert answer["samples"] is None
    assert answer["layers"][-1]["output"] == (3,)
    with pytest.raises(BadFile):
        shown(chosen, Path("nowhere"), None)


def test_embeddings_have_their_own_outputs() -> None:
    chosen = Recipe.model_validate({"loss": {"name": "triplet", "dimensions": 7}})
    assert shown(chosen, DATA, None)["form"]["outputs"] == 7
