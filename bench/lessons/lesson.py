"""A lesson: a few runs of one recipe, what is to be seen of them, and which is less or more.

    lesson: one sentence, what is taught
    source: where it is from
    quick: true               # part of `make test`
    seeds: [0, 1, 2]          # all runs with each; quantities are compared by their medians
    files: {few.npz: {data: digits, rows: [0, 99], groups: [[0, 1], [2, 3]]}}  # for `npz` data
    objective: {metric: val_accuracy}  # what the best epoch of a run is
    recipe: {...}             # what the runs share
    runs:
      plain: {}               # paths of the recipe → values
      deep: {model.depth: 56}
      tuned: {start: plain, transfer: {train: head}}  # from the best epoch of another run
    sees:                     # name → quantity, see quantities.py
      plain: {run: plain, signal: train_loss, at: last}
      deep: {run: deep, signal: train_loss, at: last}
      lost: {ratio: [deep, plain]}
    shows: a sentence for the table, with names of `sees` in braces
    expect:
      - {left: deep, is: above, right: plain, times: 2}  # deep > 2 · plain; or a number

Everything is looked at when the file is read: names, paths, values.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, model_validator

from bench.lessons.quantities import Quantity
from trainer.recipe import Objective, Recipe, Settings, with_values

BRACED = re.compile(r"\{(\w+)\}")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=10)]


class Run(Settings):
    """Changes of the lesson's recipe; `start` names the run whose best epoch this one begins with.

    In a file the two are one mapping.
    """

    start: str | None = None
    changes: dict[str, Any] = Field(default={})

    @model_validator(mode="before")
    @classmethod
    def _divided(cls, given: dict[str, Any]) -> dict[str, Any]:
        changes = {path: value for path, value in given.items() if path != "start"}
        return {"start": given.get("start"), "changes": changes}


class File(Settings):
    """A part of a data set: the samples of `rows`, from the first to before the second.

    Each of `groups` is a class, made of these classes; samples of others are left out.
    """

    data: str
    rows: tuple[int, int] = (0, 1_000_000)
    groups: list[list[int]] | None = Field(default=None, min_length=2)


class Expectation(Settings):
    """left < times · right (`below`), or left > times · right (`above`)."""

    left: str
    relation: Literal["below", "above"] = Field(alias="is")
    right: str | float
    times: float = Field(default=1.0, gt=0.0)

    def holds(self, values: dict[str, float]) -> bool:
        """Never of a run that diverged, whose values are nan."""
        left, right = values[self.left], self.times * self._right(values)
        return left < right if self.relation == "below" else left > right

    def _right(self, values: dict[str, float]) -> float:
        return self.right if isinstance(self.right, float) else values[self.right]

    def names(self) -> list[str]:
        """The quantities that are compared."""
        return [side for side in (self.left, self.right) if isinstance(side, str)]

    def __str__(self) -> str:
        factor = "" if self.times == 1.0 else f"{self.times:g} times "
        return f"{self.left} {self.relation} {factor}{self.right}"


class Lesson(Settings):
    """See above; `name` is the file's stem."""

    name: str
    lesson: Sentence
    source: Sentence
    quick: bool = False
    seeds: list[int] = Field(default=[0], min_length=1)
    files: dict[str, File] = Field(default={})
    objective: Objective = Objective()
    recipe: dict[str, Any] = Field(default={})
    runs: dict[Name, Run] = Field(min_length=1)
    sees: dict[Name, Quantity] = Field(min_length=1)
    shows: Sentence
    expect: list[Expectation] = Field(min_length=1)

    @classmethod
    def read(cls, path: Path) -> "Lesson":
        """Raises pydantic's ValidationError and UnknownPath."""
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls.model_validate({"name": path.stem, **document})

    def recipe_of(self, run: str, seed: int) -> Recipe:
        """What this run trains. The number of a trial to start from is that of its run, from 1."""
        changes = {**self.runs[run].changes, "seed": seed}
        if (start := self.runs[run].start) is not None:
            changes["transfer"] = {"trial": 1 + list(self.runs).index(start), **changes["transfer"]}
        return with_values(Recipe.model_validate(self.recipe), changes)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for run in self.runs:
            self.recipe_of(run, self.seeds[0])
        earlier: set[str] = set()
        for name, quantity in self.sees.items():
            _known(f"sees.{name}", quantity.of_runs(), set(self.runs))
            _known(f"sees.{name}", quantity.of_quantities(), earlier)
            earlier.add(name)
        _known("shows", BRACED.findall(self.shows), earlier)
        for expectation in self.expect:
            _known("expect", expectation.names(), earlier)
        return self


def _known(where: str, names: list[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{where} names {name!r}; there is {', '.join(sorted(known))}")
