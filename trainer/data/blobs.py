"""Round clouds."""

from pathlib import Path

from sklearn.datasets import make_blobs

from trainer.data import Dataset
from trainer.data._tensors import classified
from trainer.recipe.data import Blobs as Settings


class Blobs:
    """Points [N, features], as many of each class as can be."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, which follow from the settings alone."""
        chosen = self.settings
        points, labels = make_blobs(
            chosen.samples,
            n_features=chosen.features,
            centers=chosen.classes,
            cluster_std=chosen.noise,
            random_state=chosen.seed,
        )
        return classified(points, labels, tuple(map(str, range(chosen.classes))))
