"""One stratified split."""

import numpy as np
import torch
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
        labels = data.targets.numpy()
        try:
            train, held_out = train_test_split(
                np.arange(len(labels)),
                test_size=self.settings.validation,
                random_state=seed,
                stratify=labels,
            )
        except ValueError as error:
            message = f"the {len(labels)} samples cannot be split so: {error}"
            raise BadRecipe("split.validation", self.settings.validation, message) from error
        return data.rows(torch.from_numpy(train)), data.rows(torch.from_numpy(held_out))
