"""The example package is installed, and its parts are named by a study like our own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"
SERVICE = """
import sys
import yaml
from service.study import StudyDocument
study = StudyDocument.parse(yaml.safe_load(open(sys.argv[1])))
assert study.recipe.data.noise == 0.5, study.recipe
assert "torch" not in sys.modules
schema = str(StudyDocument.model_json_schema())
assert "FilterBank" in schema and "Waves" in schema
"""
TRAINER = """
import sys
import yaml
import sitter_waves.settings  # before ours: the menu still learns of it
from trainer import run
from trainer.events import Ended, Judged
from trainer.checkpoint import Checkpoint
from trainer.recipe import Diagnostics, Recipe
study = yaml.safe_load(open(sys.argv[1]))
recipe = Recipe.model_validate(study["recipe"])
events = list(run(recipe, diagnostics=Diagnostics.model_validate(study["diagnostics"])))
ended = events[-1]
assert isinstance(ended, Ended) and ended.checkpoint.metrics["val_accuracy"] > 0.9, ended
assert "bumpy_loss" in {e.verdict.check for e in events if isinstance(e, Judged)}
assert Checkpoint.from_bytes(ended.checkpoint.to_bytes()).recipe == recipe
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed package; a copy is built, which leaves ours clean."""
    source, target = (tmp_path_factory.mktemp("plugin") / name for name in ("source", "target"))
    shutil.copytree(PLUGIN, source)
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation"]
    options = ["--no-index", "--disable-pip-version-check", "--target", str(target), str(source)]
    done = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def python(code: str, path: Path | None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    command = [sys.executable, "-c", code, str(PLUGIN / "waves.yaml")]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("code", [SERVICE, TRAINER], ids=["service", "trainer"])
def test_its_parts_are_named_like_ours(installed: Path, code: str) -> None:
    done = python(code, installed)
    assert done.returncode == 0, done.stderr


def test_without_it_the_study_is_refused() -> None:
    done = python(SERVICE, None)
    assert "no data is called 'waves'" in done.stderr
    assert "(and 1 more)" in done.stderr


def test_a_broken_package_is_left_out(installed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(installed, broken)
    (broken / "sitter_waves" / "settings.py").write_text("import nothing_of_that_name\n")
    done = python("import sys; from trainer.recipe import Recipe; print(Recipe().epochs)", broken)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "20\n"
    assert "sitter_waves.settings of sitter-waves" in done.stderr
    assert "nothing_of_that_name" in done.stderr
