"""`python -m trainer.show`: what a recipe makes of its data, as JSON, for who may not import torch.

Reads `{"recipe": {...}, "folder": "...", "form": {...} or null}` and answers with `form` (what the
model is built for), `samples` (null where a form was given), `layers` and `totals`; a recipe that
cannot be trained is `{"error": {"field", "value", "message"}}` and exit code 1. Of several folds
the first is shown; what starts from another trial's weights is shown as if nothing were frozen.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trainer.errors import BadFile, BadRecipe
from trainer.form import Form
from trainer.losses import model_form
from trainer.menu import part
from trainer.recipe import Recipe
from trainer.setup import make
from trainer.splits import Fold
from trainer.summary import summarise, totals
from trainer.transfer import Start, start_of


def main() -> int:
    """Answers one question on stdout."""
    asked = json.load(sys.stdin)
    try:
        recipe = Recipe.model_validate(asked["recipe"])
        answer = shown(recipe, Path(asked["folder"]), asked["form"])
    except BadRecipe as error:
        answer = _error(error.field, error.value, str(error))
    except BadFile as error:
        answer = _error(f"data.{error.field}", error.file, f"data.{error.field}: {error}")
    json.dump(answer, sys.stdout, default=str)
    return 1 if "error" in answer else 0


def shown(recipe: Recipe, folder: Path, given: dict[str, Any] | None) -> dict[str, Any]:
    """Of the data, or of the form that is given instead. Raises BadRecipe and BadFile."""
    samples = None
    if given is None:
        made = make(recipe, _fold(recipe, folder), "cpu", _start(recipe, folder))
        samples = {"train": len(made.train), "validation": len(made.validation)}
        form, model = made.form, made.model
    else:
        form = model_form(recipe.loss, Form(**given | {"shape": tuple(given["shape"])}))
        model = part("model", recipe.model).build(form)
    rows = summarise(model, form)
    sums = totals(model, rows)
    return {
        "form": asdict(form),
        "samples": samples,
        "layers": [asdict(row) | {"parameters": row.parameters} for row in rows],
        "totals": asdict(sums) | {"parameters": sums.parameters},
    }


def _fold(recipe: Recipe, folder: Path) -> Fold:
    data = part("data", recipe.data).load(folder)
    first: Fold = part("split", recipe.split).folds(data, recipe.resolved_data_seed())[0]
    return first


def _start(recipe: Recipe, folder: Path) -> Start | None:
    from_file = recipe.transfer is not None and recipe.transfer.file is not None
    return start_of(recipe, folder, None) if from_file else None


def _error(field: str, value: Any, message: str) -> dict[str, Any]:
    return {"error": {"field": field, "value": value, "message": message}}


if __name__ == "__main__":
    sys.exit(main())
