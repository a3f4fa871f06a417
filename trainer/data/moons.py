"""Two half circles."""

from pathlib import Path

from sklearn.datasets import make_moons

from trainer.data import Dataset
from trainer.data._tensors import classified
from trainer.recipe.data import Moons as Settings


class Moons:
    """Points [N, 2], half of them on the upper moon."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, which follow from the settings alone."""
        chosen = self.settings
        points, labels = make_moons(chosen.samples, noise=chosen.noise, random_state=chosen.seed)
        return classified(points, labels, ("upper", "lower"))
