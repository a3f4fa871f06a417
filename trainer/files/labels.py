"""Checks of labels that hold for every format."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.files.source import Source
from trainer.recipe.data.data import MOST_CLASSES


def below(source: Source, labels: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """Labels [N, ...] as int64. Raises BadFile for one that is no class."""
    outside = (labels < 0) | (labels >= classes)
    if outside.any():
        index = tuple(int(i) for i in np.argwhere(outside)[0])
        where = index[0] if len(index) == 1 else index
        raise source.bad(
            f"is mislabelled: the label at index {where} is {labels[index]}, and with "
            f"{classes} classes they run from 0 to {classes - 1}"
        )
    return labels.astype(np.int64)


def sorted_classes(source: Source, names: Sequence[str], rows: int) -> tuple[list[int], list[str]]:
    """The class of each different name, and the classes' names: by number, else alphabetically.

    Raises BadFile for a single class, and where so many have a single sample that the column is
    no label. Different spellings of a number are one class.
    """
    keys = _keys(names)
    classes = sorted(set(keys))
    if len(classes) < 2:
        raise source.bad(f"has one class only, {names[0]!r}", "target")
    if len(classes) > min(MOST_CLASSES, rows / 2):
        raise source.bad(
            f"has {len(classes):,} different labels in {rows:,} samples; is the target one to "
            "predict as a number (task: regression)?",
            "target",
        )
    position = {key: number for number, key in enumerate(classes)}
    first = dict(zip(reversed(keys), reversed(names), strict=True))
    return [position[key] for key in keys], [first[key] for key in classes]


def _keys(names: Sequence[str]) -> list[Any]:
    try:
        return [float(name) for name in names]
    except ValueError:
        return list(names)
