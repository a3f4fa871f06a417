"""Spiral arms."""

from math import pi
from pathlib import Path

import numpy as np

from trainer.data import Dataset
from trainer.data._tensors import classified
from trainer.recipe.data import Spirals as Settings


class Spirals:
    """Points [N, 2]: (r cos φ, r sin φ) + noise, φ = 2π (turns · r + class/classes), r in 0…1.

    Radii are evenly spaced within a class.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, which follow from the settings alone; classes take turns."""
        chosen = self.settings
        place = np.arange(chosen.samples)
        labels = place % chosen.classes
        radius = (place // chosen.classes) / ((chosen.samples - 1) // chosen.classes or 1)
        angle = 2 * pi * (chosen.turns * radius + labels / chosen.classes)
        points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        points += np.random.default_rng(chosen.seed).normal(0.0, chosen.noise, points.shape)
        return classified(points, labels, tuple(map(str, range(chosen.classes))))
