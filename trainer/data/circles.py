"""A circle inside another."""

from pathlib import Path

from sklearn.datasets import make_circles

from trainer.data import Dataset
from trainer.data._tensors import classified
from trainer.recipe.data import Circles as Settings


class Circles:
    """Points [N, 2], half of them on the outer circle."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, which follow from the settings alone."""
        chosen = self.settings
        points, labels = make_circles(
            chosen.samples, noise=chosen.noise, factor=chosen.factor, random_state=chosen.seed
        )
        return classified(points, labels, ("outer", "inner"))
