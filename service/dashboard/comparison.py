"""What is compared, read once: some trials, or some studies, as typed facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from service.dashboard.census import Censuses
from service.dashboard.figures.compared import MOST, CompareScene, Run, Search
from service.dashboard.figures.scene import Curve, Point, numeric
from service.dashboard.figures.seeds import settled
from service.dashboard.study_scene import curve
from service.dashboard.trial_recipe import flat, recipe_of
from service.errors import Invalid
from service.store import drawn
from service.store.rows import found
from service.study import StudyDocument
from service.tables import Study, Trial
from trainer.recipe import Problem

LARGEST = 2**31  # of SQL's integers
ABOUT = ("name", "tags", "note")  # of a document: not what a study does


@dataclass(frozen=True)
class Contender:
    """A trial with its study; `settings` is its recipe by path, empty where it makes none."""

    trial: Trial
    study: Study
    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Rival:
    """A study; `settings` is its document by path."""

    study: Study
    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """The ids asked for, in order and each once: of trials, or of studies."""

    trials: tuple[int, ...] = field(default=())
    studies: tuple[int, ...] = field(default=())

    def query(self, without: int | None = None) -> str:
        """`trials=1,2`, with one of them left out; empty for none."""
        kind, ids = ("trials", self.trials) if self.trials else ("studies", self.studies)
        left = ",".join(str(each) for each in ids if each != without)
        return f"{kind}={left}" if left else ""


def asked(trials: Sequence[str], studies: Sequence[str]) -> Asked:
    """From what an address says: `1,2` or one by one. Raises Invalid."""
    these, those = _ids("trials", trials), _ids("studies", studies)
    if these and those:
        problem = "compares trials or studies, not both; leave one of them out"
        raise Invalid([Problem("studies", ",".join(map(str, those)), problem)])
    return Asked(these, those)


def contenders(session: Session, ids: Sequence[int]) -> list[Contender]:
    """In the order of the ids. Raises NotFound."""
    trials = [found(session, Trial, each) for each in ids]
    several = len({trial.study_id for trial in trials}) > 1
    return [_contender(session, trial, several=several) for trial in trials]


def rivals(session: Session, ids: Sequence[int]) -> list[Rival]:
    """In the order of the ids. Raises NotFound."""
    studies = [found(session, Study, each) for each in ids]
    return [Rival(s, f"study {s.id}", _document(s)) for s in studies]


def trials_scene(session: Session, ids: Sequence[int]) -> CompareScene:
    """What figures of trials draw from. Raises NotFound."""
    compared = contenders(session, ids)
    rows = drawn.curves(session, ids)
    told = {key: list(its) for key, its in groupby(rows, key=lambda row: row.trial)}
    runs = tuple(Run(c.name, _curve(c.trial, told.get(c.trial.id, []))) for c in compared)
    return CompareScene(*_objective([c.study for c in compared]), runs=runs)


def studies_scene(session: Session, censuses: Censuses, ids: Sequence[int]) -> CompareScene:
    """What figures of studies draw from. Raises NotFound."""
    compared = rivals(session, ids)
    searches = tuple(
        Search(r.name, settled(censuses.points(session, r.study), int(r.study.document["repeats"])))
        for r in compared
    )
    return CompareScene(*_objective([r.study for r in compared]), searches=searches)


def differing(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The paths at which they are not all the same, in the order of the first that has each."""
    paths = dict.fromkeys(path for each in settings for path in each)
    missing = object()
    return [
        path
        for path in paths
        if any(each.get(path, missing) != settings[0].get(path, missing) for each in settings)
    ]


def _ids(name: str, texts: Sequence[str]) -> tuple[int, ...]:
    words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    wrong = [w for w in words if not (w.isascii() and w.isdigit() and 0 < int(w[:11]) < LARGEST)]
    if wrong:
        raise Invalid([Problem(name, wrong[0][:40], "is no list of ids, such as 1,2")])
    ids = tuple(dict.fromkeys(map(int, words)))
    if len(ids) > MOST:
        raise Invalid(
            [Problem(name, len(ids), f"are more than {MOST}, the most that can be told apart")]
        )
    return ids


def _contender(session: Session, trial: Trial, *, several: bool) -> Contender:
    study = found(session, Study, trial.study_id)
    recipe = recipe_of(StudyDocument.stored(study.document), trial)
    settings = trial.params if recipe is None else dict(flat(recipe.model_dump(mode="json")))
    name = f"study {study.id}, trial {trial.number}" if several else f"trial {trial.number}"
    return Contender(trial, study, name, settings)


def _document(study: Study) -> dict[str, Any]:
    return {
        path: value for path, value in flat(study.document) if path.partition(".")[0] not in ABOUT
    }


def _curve(trial: Trial, rows: Sequence[drawn.EpochRow]) -> Curve:
    value = numeric(trial.value)
    point = Point(trial.id, trial.number, trial.state, trial.params, value, trial.epochs_done)
    return curve(point, rows)


def _objective(studies: Sequence[Study]) -> tuple[tuple[str, ...], bool]:
    metrics = tuple(dict.fromkeys(study.metric for study in studies))
    return metrics, studies[0].direction == "maximize"
