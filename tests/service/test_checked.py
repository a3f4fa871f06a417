"""The process that validates a study for others: as strict as submitting it."""

import json
import subprocess
import sys

from service.checked import checked
from service.study import EXAMPLE, StudyDocument


def test_a_study_comes_back_with_its_defaults() -> None:
    answer = checked(EXAMPLE)
    assert StudyDocument.stored(answer["study"]) == StudyDocument.parse(EXAMPLE)
    assert answer["points"] is None


def test_a_grid_has_points() -> None:
    space = {"optimizer.lr": {"values": [0.1, 0.2]}, "epochs": {"values": [1, 2, 3]}}
    assert checked({"name": "x", "space": space, "strategy": "grid"})["points"] == 6


def test_the_process_answers_what_the_api_would() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "service.checked"],
        input='{"name": "x", "strategy": "gird", "recipe": {"epocs": 1}}',
        capture_output=True,
        text=True,
    )
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert [f["field"] for f in answer["fields"]] == ["recipe.epocs", "strategy.name"]
    assert answer["fields"][1]["nearest"] == ["grid"]
