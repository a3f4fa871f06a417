"""Stratified cross-validation."""

import numpy as np
import torch
from sklearn.model_selection import KFold as Plain
from sklearn.model_selection import StratifiedKFold

from trainer.data import Dataset
from trainer.errors import BadRecipe
from trainer.recipe.split import KFold as Settings
from trainer.splits import Fold


class KFold:
    """k folds of equal size; each judges the model that was trained on the others."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def folds(self, data: Dataset, seed: int) -> list[Fold]:
        """Stratified where samples have classes. Raises BadRecipe where a class is too small."""
        wanted = self.settings.folds
        if data.task == "classification":
            smallest = int(np.unique(data.targets.cpu().numpy(), return_counts=True)[1].min())
            kind = StratifiedKFold
        else:
            smallest, kind = len(data), Plain
        if smallest < wanted:
            message = f"the smallest class has {smallest} samples, fewer than there are folds"
            raise BadRecipe("split.folds", wanted, message)
        divided = kind(wanted, shuffle=True, random_state=seed)
        return [
            Fold(data.rows(torch.from_numpy(train)), data.rows(torch.from_numpy(validation)))
            for train, validation in divided.split(np.zeros(len(data)), data.targets.cpu().numpy())
        ]
