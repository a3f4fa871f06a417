"""One stratified split."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from trainer.data import Dataset
from trainer.errors import BadRecipe
from trainer.recipe.split import Holdout as Settings
from trainer.splits import Fold


class Holdout:
    """The same share of every class is held out; which samples follows from the seed alone.

    Data without classes, one to a sample, is divided without regard to its targets.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def folds(self, data: Dataset, seed: int) -> list[Fold]:
        """One fold. Raises BadRecipe where there are too few samples, of a class or at all."""
        held_out = math.ceil(self.settings.validation * len(data))
        labels = data.targets.cpu().numpy() if data.task == "classification" else None
        if self.settings.shuffled:
            self._check(labels, len(data), held_out)
            train, validation = train_test_split(
                np.arange(len(data)), test_size=held_out, random_state=seed, stratify=labels
            )
        else:
            self._check(None, len(data), held_out)
            train, validation = np.split(np.arange(len(data)), [len(data) - held_out])
        labelled, rest = self._labelled(labels, train)
        return [
            Fold(
                data.rows(torch.from_numpy(labelled)),
                data.rows(torch.from_numpy(validation)),
                data.rows(torch.from_numpy(rest)) if len(rest) else None,
            )
        ]

    def _labelled(
        self, labels: NDArray[np.int64] | None, train: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first `labels_per_class` of each class, in the shuffled order, and the others."""
        wanted = self.settings.labels_per_class
        if wanted is None:
            return train, train[:0]
        if labels is None:
            message = "needs a label for each sample, which this data has not"
            raise BadRecipe("split.labels_per_class", wanted, message)
        kept = np.zeros(len(train), dtype=bool)
        for label in np.unique(labels):
            of_class = np.flatnonzero(labels[train] == label)
            if len(of_class) < wanted:
                message = f"class {label} has only {len(of_class)} training samples"
                raise BadRecipe("split.labels_per_class", wanted, message)
            kept[of_class[:wanted]] = True
        return train[kept], train[~kept]

    def _check(self, labels: NDArray[np.int64] | None, samples: int, held_out: int) -> None:
        if labels is None:
            if held_out >= samples:
                self._refuse(f"of {samples} samples, {held_out} would be held out")
            return
        classes, counts = np.unique(labels, return_counts=True)
        smaller = min(held_out, samples - held_out)
        if smaller < len(classes):
            self._refuse(
                f"of {samples} samples, {held_out} would be held out; both sides need at "
                f"least one for each of the {len(classes)} classes"
            )
        if counts.min() < 2:
            lonely = classes[counts.argmin()]
            self._refuse(f"class {lonely} has one sample; a stratified split needs two of each")

    def _refuse(self, message: str) -> None:
        raise BadRecipe("split.validation", self.settings.validation, message)
