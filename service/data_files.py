"""What is wrong with the files that a study's trials would read, as far as it shows on submit."""

from itertools import islice, product
from pathlib import Path

from pydantic import ValidationError

from service.study import StudyDocument
from trainer import files
from trainer.recipe import Point, Problem, Recipe, with_values
from trainer.recipe.data import Data

MOST_LOOKED_AT = 64  # data sets of one study; a space may list very many


def problems(study: StudyDocument, folder: Path) -> list[Problem]:
    """One for each data set whose files will not do; none where this machine has no such folder."""
    return [problem for data in _data_sets(study) for problem in files.check(data, folder)]


def _data_sets(study: StudyDocument) -> list[Data]:
    """The recipe's, or those that the space puts in its place."""
    searched = {
        path: distribution.edges()
        for path, distribution in study.space.items()
        if path.split(".")[0] == "data"
    }
    points = islice(product(*searched.values()), MOST_LOOKED_AT)
    chosen = (_data(study.recipe, dict(zip(searched, point, strict=True))) for point in points)
    return [data for data in chosen if data is not None]


def _data(recipe: Recipe, point: Point) -> Data | None:
    """None where the values will not do together: the trial fails with that reason."""
    try:
        return with_values(recipe, point).data
    except ValidationError:
        return None
