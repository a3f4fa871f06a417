"""Questions to processes that may import what the command may not: torch, the service."""

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from sitter.errors import SitterError
from trainer.form import Task
from trainer.recipe import Objective, Recipe, problems
from trainer.recipe.fit import misfits

FOLDER = "data"  # of data files; the service's and the worker's default too
STUDY_ONLY = ("name", "recipe", "space", "strategy", "trials", "objective", "stopping")


class Wrong(SitterError):
    """A file says what cannot be: each field, its value, and the nearest valid name.

    `field` is the first of them.
    """

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def ask(module: str, question: dict[str, Any]) -> dict[str, Any]:
    """`python -m module` with JSON in and out. Raises Wrong for what the module refuses."""
    command = [sys.executable, "-m", module]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise SitterError(
            f"python -m {module} ended with code {done.returncode}: {last}"
        ) from error
    if "error" in answer:
        raise _wrong(answer)
    return answer


def is_study(document: dict[str, Any]) -> bool:
    """Whether this is a study; `{recipe: ...}` alone, as `study best` prints it, is a recipe."""
    return set(document) != {"recipe"} and any(key in document for key in STUDY_ONLY)


def recipe_in(document: dict[str, Any]) -> Recipe:
    """The recipe of a recipe's or study's document. Raises Wrong."""
    inside = "recipe" in document or is_study(document)
    try:
        return Recipe.model_validate(document.get("recipe", {}) if inside else document)
    except ValidationError as error:
        found = problems(error, Recipe, ["recipe"] if inside else [])
        raise Wrong(found[0].field, "\n".join(map(str, found))) from error


def refuse_misfits(recipe: Recipe, aim: Objective, prefix: str, task: Task | None = None) -> None:
    """Raises Wrong for what does not go together; `task` is the data's, where they are known."""
    found = [
        p if p.field.startswith("objective.") else replace(p, field=f"{prefix}{p.field}")
        for p in misfits(recipe, aim, task)
    ]
    if found:
        raise Wrong(found[0].field, "\n".join(map(str, found)))


def _wrong(answer: dict[str, Any]) -> Wrong:
    error = answer["error"]
    if isinstance(error, dict):  # the trainer's; its message names field and value
        return Wrong(str(error["field"]), str(error["message"]))
    fields = answer["fields"]
    return Wrong(fields[0]["field"], "\n".join(f"{f['field']}: {f['message']}" for f in fields))
