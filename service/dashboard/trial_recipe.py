"""A trial's recipe, and what differs from that of the best trial of its study."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import ValidationError
from sqlalchemy.orm import Session

from service.dashboard import words
from service.dashboard.trial_views import Difference, RecipeView
from service.store import studies
from service.study import StudyDocument
from service.tables import Study, Trial
from trainer.recipe import Recipe

MOST = 40  # differences that a page lists


def recipe_of(document: StudyDocument, trial: Trial) -> Recipe | None:
    """None where the point makes no recipe: nesterov without momentum."""
    try:
        return document.recipe_at(trial.params, trial.repeat)
    except ValidationError:
        return None


def recipe_view(
    session: Session, study: Study, trial: Trial, document: StudyDocument
) -> RecipeView:
    """Compared with the best trial's, where that is another one."""
    recipe = recipe_of(document, trial)
    if recipe is None:
        said = "Its values do not go together: they make no recipe."
        return RecipeView("", "", said, None, "", ())
    found = studies.best_point(session, study)
    url = f"/trials/{trial.id}/recipe.yaml"
    if found is None:
        said = "No trial of the study is complete yet, so there is nothing to compare it with."
        return RecipeView(as_yaml(recipe), url, said, None, "", ())
    best = found.trial
    if best.id == trial.id:
        return RecipeView(
            as_yaml(recipe), url, "This is the best trial of its study.", None, "", ()
        )
    other = recipe_of(document, best)
    differences = [] if other is None else list(_differences(recipe, other))
    said = "" if differences else "Its recipe is the same as that of the best trial."
    number = words.count(best.number)
    return RecipeView(as_yaml(recipe), url, said, best.id, number, tuple(differences[:MOST]))


def as_yaml(recipe: Recipe) -> str:
    """As a study's document has it."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _differences(recipe: Recipe, other: Recipe) -> Iterator[Difference]:
    these, those = (dict(flat(r.model_dump(mode="json"))) for r in (recipe, other))
    missing = object()
    for path in words.in_order([*these, *(path for path in those if path not in these)]):
        this, that = these.get(path, missing), those.get(path, missing)
        if this != that:
            shown = [words.MISSING if v is missing else words.param(v) for v in (this, that)]
            yield Difference(words.path_title(path), *shown)


def flat(section: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of everything in a recipe or a study's document."""
    for key, value in section.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
