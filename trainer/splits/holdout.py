"""One stratified split."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from trainer.data import Dataset
from trainer.errors import BadRecipe
from trainer.recipe.split import Holdout as Settings


class Holdout:
    """The same share of every class is held out; which samples follows from the seed alone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def divide(self, data: Dataset, seed: int) -> tuple[Dataset, Dataset]:
        """Training and validation set. Raises BadRecipe where a class has too few samples."""
        labels = data.targets.cpu().numpy()
        held_out = math.ceil(self.settings.validation * len(labels))
        self._check(labels, held_out)
        train, validation = train_test_split(
            np.arange(len(labels)), test_size=held_out, random_state=seed, stratify=labels
        )
        return data.rows(torch.from_numpy(train)), data.rows(torch.from_numpy(validation))

    def _check(self, labels: NDArray[np.int64], held_out: int) -> None:
        classes, counts = np.unique(labels, return_counts=True)
        smaller = min(held_out, len(labels) - held_out)
        if smaller < len(classes):
            self._refuse(
                f"of {len(labels)} samples, {held_out} would be held out; both sides need at "
                f"least one for each of the {len(classes)} classes"
            )
        if counts.min() < 2:
            lonely = classes[counts.argmin()]
            self._refuse(f"class {lonely} has one sample; a stratified split needs two of each")

    def _refuse(self, message: str) -> None:
        raise BadRecipe("split.validation", self.settings.validation, message)
