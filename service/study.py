"""The study as submitted: a recipe, a space, how to search it, and when a trial may be stopped."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from diagnostics.parts import nearest
from diagnostics.words import written
from service import thresholds
from service.errors import Invalid, as_text
from service.search import AnyStopping, AnyStrategy, SearchError
from service.search.stopping.none import None_
from service.search.strategies.random import Random
from trainer.recipe import (
    Diagnostics,
    Distribution,
    Objective,
    Point,
    Problem,
    Recipe,
    Space,
    UnknownPath,
    get_path,
    known_paths,
    problems,
    with_values,
)
from trainer.recipe.fit import misfits

MOST_TRIALS = 1_000_000
INSIDE = 0.5**0.5  # a quantile at which a range for a whole number shows that it is none
MOST_PATHS = 100  # of one space; Sobol points exist for far more, forms and plots do not
DEFAULT_TRIALS = 64
MOST_CHECKED = 5000  # points that are checked one by one on submit
SEEDS = 2**31  # as many as a recipe's `seed` can be
FITTED = ("data", "augment", "model", "loss", "evaluation", "transfer", "pretraining")

EXAMPLE: dict[str, Any] = {
    "name": "digits-lr-wd",
    "recipe": {
        "data": {"name": "digits"},
        "model": {"name": "mlp", "hidden": [64]},
        "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.9},
        "schedule": {"name": "cosine"},
        "epochs": 20,
        "batch_size": 64,
    },
    "space": {
        "optimizer.lr": {"log_uniform": [1e-4, 1.0]},
        "optimizer.weight_decay": {"log_uniform": [1e-6, 1e-1]},
    },
    "strategy": {"name": "random", "seed": 0},
    "trials": 64,
}


def _words(text: str) -> str:
    """Raises ValueError for what a database cannot keep or a reader cannot see."""
    if "\0" in text or text != as_text(text):
        raise ValueError("holds characters that are no text")
    if text and not text.strip():
        raise ValueError("is blank")
    return text


Words = Annotated[str, AfterValidator(_words)]
Tag = Annotated[Words, Field(min_length=1, max_length=100)]


class StudyDocument(BaseModel):
    """What `POST /v1/studies` takes. Everything not given has a default.

    `trials` counts points of the strategy (default: the whole grid, else 64); each is trained
    `repeats` times with seeds of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"example": EXAMPLE})

    name: Words = Field(min_length=1, max_length=200)
    recipe: Recipe = Recipe()
    space: Space = Field(default={}, max_length=MOST_PATHS)
    strategy: AnyStrategy = Random()
    trials: int | None = Field(default=None, ge=0, le=MOST_TRIALS)
    objective: Objective = Objective()
    stopping: AnyStopping = None_()
    diagnostics: Diagnostics = Diagnostics()
    repeats: int = Field(default=1, ge=1, le=1000)
    tags: list[Tag] = Field(default=[], max_length=50)
    note: Words = Field(default="", max_length=10_000)

    @classmethod
    def parse(cls, raw: Any) -> Self:
        """The document, with every rule of the space, strategy and checks applied.

        Raises Invalid with each field, its value and the nearest valid name.
        """
        try:
            study = cls.model_validate(raw)
        except ValidationError as error:
            raise Invalid(problems(error, cls)) from error
        found = [
            *study._fit_problems(),
            *study._space_problems(),
            *study._search_problems(),
            *study._check_problems(),
        ]
        found = found or study._combination_problems()
        if found:
            raise Invalid(found)
        return study.model_copy(update={"trials": study._budget()})

    @classmethod
    def stored(cls, document: Mapping[str, Any]) -> Self:
        """A document that `parse` has accepted before."""
        return cls.model_validate(document)

    def recipe_at(self, params: Point, repeat: int = 0) -> Recipe:
        """The recipe of one trial: the point's values, and the repeat's own seed.

        Seeds of repeats follow the point's, from the highest on with 0. The data seed is the
        study's, so that all trials see the same split and order.
        """
        fixed = {"data_seed": self.recipe.resolved_data_seed()}
        recipe = with_values(self.recipe, fixed | params)
        return recipe.model_copy(update={"seed": (recipe.seed + repeat) % SEEDS})

    def checked_point(self, params: Mapping[str, Any], field: str) -> Point:
        """A point that somebody gave, its values as the recipe reads them ("1e-4" is 0.0001).

        Raises Invalid; `field` is where the point stood.
        """
        given = dict(params)
        found = self._point_problems(given, field)
        if found:
            raise Invalid(found)
        recipe = self.recipe_at(given)
        return {path: plain(get_path(recipe, path)) for path in params}

    def patched_point(self, params: Point, patch: Mapping[str, Any]) -> Point:
        """The point with the values of a patch, whose paths need not be in the space.

        A section of the patch replaces what the point says inside it. Raises Invalid naming the
        path under `patch`.
        """
        point = {path: value for path, value in params.items() if not _inside(path, patch)}
        given = point | dict(patch)
        found = _overlaps(patch, "patch") or self._value_problems(given, "patch")
        if found:
            raise Invalid(found)
        recipe = self.recipe_at(given)
        outer = (path for path in given if not _inside(path, given))
        return {path: plain(get_path(recipe, path)) for path in outer}

    def _budget(self) -> int:
        size = self.strategy.size(self.space)
        if self.trials is not None:
            return self.trials
        return size if size is not None else DEFAULT_TRIALS

    def _fit_problems(self) -> list[Problem]:
        """The objective is the study's own; all else that does not fit lies in the recipe."""
        return self._misfits(self.recipe, "recipe")

    def _space_problems(self) -> list[Problem]:
        found = _overlaps(self.space, "space")
        for path, distribution in self.space.items():
            for value in (*distribution.edges(), distribution.at(INSIDE)):
                bad = self._point_problems({path: value}, "space", together=False)
                if bad:
                    found += bad
                    break
        return found

    def _point_problems(
        self, params: Point, prefix: str, *, together: bool = True
    ) -> list[Problem]:
        """Of the values, and, where `together`, of what they make of the recipe."""
        return _overlaps(params, prefix) or self._value_problems(params, prefix, together)

    def _value_problems(self, params: Point, prefix: str, together: bool = True) -> list[Problem]:
        """A path may lie inside another one, and is set behind it."""
        try:
            recipe = with_values(self.recipe, params)
            for path in params:
                get_path(recipe, path)
        except UnknownPath as error:
            close = nearest(error.path, known_paths(self.recipe))
            return [Problem(f"{prefix}.{error.path}", None, error.message, tuple(close))]
        except ValidationError as error:
            return problems(error, Recipe, [prefix])
        return self._misfits(recipe, prefix) if together else []

    def _misfits(self, recipe: Recipe, prefix: str) -> list[Problem]:
        return [
            p if p.field.startswith("objective.") else replace(p, field=f"{prefix}.{p.field}")
            for p in misfits(recipe, self.objective)
        ]

    def _search_problems(self) -> list[Problem]:
        try:
            self.strategy.check(self.space)
        except SearchError as error:
            return [Problem(error.field, error.value, error.message)]
        size = self.strategy.size(self.space)
        if size is not None and self.trials is not None and self.trials > size:
            message = f"the {self.strategy.name} has {size} points; give {size} or fewer, or none"
            return [Problem("trials", self.trials, message)]
        budget = self._budget()
        if budget * self.repeats > MOST_TRIALS:
            message = f"{budget} points × {self.repeats} repeats are more than {MOST_TRIALS} trials"
            return [Problem("trials", budget, message)]
        return []

    def _combination_problems(self) -> list[Problem]:
        """The first point whose values are fine, but not together."""
        for point in self._combinations():
            found = self._point_problems(point, "space")
            if found:
                shown = ", ".join(f"{path}={written(value)}" for path, value in point.items())
                return [replace(p, message=f"{p.message}, at the point {shown}") for p in found]
        return []

    def _combinations(self) -> Iterable[Point]:
        """Every point of a small grid; else of the paths that decide what goes together."""
        size = self.strategy.size(self.space)
        if size is not None and size <= MOST_CHECKED:
            return self.strategy.propose(self.space, range(size), [], self.objective.direction)
        deciding = {path: each.edges() for path, each in self.space.items() if _decides(path, each)}
        return _every_value(deciding)

    def _check_problems(self) -> list[Problem]:
        return thresholds.problems(self.diagnostics.checks, "diagnostics.checks")


def _overlaps(paths: Iterable[str], prefix: str) -> list[Problem]:
    """A section and a setting inside it would each say what the other is."""
    known = list(paths)
    return [
        Problem(f"{prefix}.{inner}", None, f"lies inside {outer!r}, which is given too; give one")
        for outer in known
        for inner in known
        if inner.startswith(f"{outer}.")
    ]


def _inside(path: str, sections: Iterable[str]) -> bool:
    """Whether the path is a setting inside one of the sections."""
    return any(path.startswith(f"{section}.") for section in sections)


def _decides(path: str, distribution: Distribution) -> bool:
    """Whether it may matter to `misfits`: numbers do not, but for how often is evaluated."""
    section = path.partition(".")[0]
    numbers = all(isinstance(value, int | float) for value in distribution.edges())
    return section == "evaluation" or (section in FITTED and not numbers)


def _every_value(values: Mapping[str, Sequence[Any]]) -> Iterator[Point]:
    """All combinations; where they are too many, each value once, with the first of the others."""
    if prod(map(len, values.values())) <= MOST_CHECKED:
        yield from (
            dict(zip(values, row, strict=True)) for row in itertools.product(*values.values())
        )
        return
    first = {path: listed[0] for path, listed in values.items()}
    yield from (first | {path: value} for path, listed in values.items() for value in listed)


def plain(value: Any) -> Any:
    """A setting as JSON has it."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
