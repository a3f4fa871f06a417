"""Bootstrap resampling."""

import numpy as np
import torch

from trainer.data import Dataset
from trainer.errors import BadRecipe
from trainer.recipe.split import Bootstrap as Settings
from trainer.splits import Fold


class Bootstrap:
    """N draws with replacement train; the samples not drawn, about 1/e of all, judge."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def folds(self, data: Dataset, seed: int) -> list[Fold]:
        """One fold for each resample. Raises BadRecipe where nothing is left to judge."""
        return [self._fold(data, seed, number) for number in range(self.settings.resamples)]

    def _fold(self, data: Dataset, seed: int, number: int) -> Fold:
        rng = np.random.default_rng((seed, number))
        drawn = np.sort(rng.integers(len(data), size=len(data)))
        left = np.setdiff1d(np.arange(len(data)), drawn)
        if not len(left):
            message = f"every one of the {len(data)} samples was drawn; none is left to judge"
            raise BadRecipe("split.name", self.settings.name, message)
        return Fold(data.rows(torch.from_numpy(drawn)), data.rows(torch.from_numpy(left)))
