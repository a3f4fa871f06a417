"""What every data set is, and how a recipe names a file."""

from pathlib import PureWindowsPath
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from trainer.form import Task
from trainer.recipe.ingredient import Ingredient

MOST_CLASSES = 10_000  # a larger label is far likelier a mistake


class Data(Ingredient):
    """A data set: inputs and labels, before any split.

    `always` is the task of every set of this kind; None where a setting `task` says it, or only
    what is read.
    """

    always: ClassVar[Task | None] = None


def _inside(name: str) -> str:
    """Raises ValueError; both kinds of slash are read, since a study may be sent anywhere."""
    path = PureWindowsPath(name)
    if path.anchor:
        raise ValueError("is an absolute path; names are relative to the data folder")
    if ".." in path.parts:
        raise ValueError("leads out of the data folder with `..`")
    if "\\" in name:
        raise ValueError("has a backslash; folders are parted by /")
    if not name.isprintable():
        raise ValueError("holds characters that no file name has")
    return name


FileName = Annotated[
    str,
    Field(min_length=1, max_length=500, description="Relative to the data folder."),
    AfterValidator(_inside),
]
Limit = Annotated[int | None, Field(ge=1, description="Only the first so many samples.")]
