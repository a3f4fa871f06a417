"""Discs, squares and triangles to be found pixel by pixel."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from trainer.data import Dataset
from trainer.recipe.data import Shapes as Settings

LABELS = ("background", "disc", "square", "triangle")
CELLS = 2  # along each side: one shape in each cell, so that none hides another
FILLED = 0.75  # share of the cells that hold a shape
RADII = (0.25, 0.42)  # in cells: from centre to edge
BACKGROUND, BRIGHT = (0.0, 0.3), (0.5, 1.0)  # ranges of brightness, apart from each other

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


class Shapes:
    """Images [N, channels, size, size] in 0…1 with a class for each pixel [N, size, size].

    A disc is the points within a radius r of its centre, a square those within r along both axes,
    a triangle points up, with base and height 2r.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, folder: Path) -> Dataset:
        """All samples, which follow from the settings alone."""
        chosen = self.settings
        random = np.random.default_rng(chosen.seed)
        targets = np.zeros((chosen.samples, chosen.size, chosen.size), np.int64)
        images = self._plain(random, BACKGROUND) * np.ones((1, 1, chosen.size, chosen.size))
        for row in range(CELLS):
            for column in range(CELLS):
                drawn = self._cell(random, row, column)
                targets += drawn
                colour = self._plain(random, BRIGHT)
                images = np.where(drawn[:, np.newaxis] > 0, colour, images)
        images += random.normal(0.0, chosen.noise, images.shape)
        return Dataset(
            torch.tensor(images.clip(0.0, 1.0), dtype=torch.float32),
            torch.tensor(targets),
            outputs=chosen.classes,
            task="segmentation",
            labels=LABELS[: chosen.classes],
        )

    def _plain(self, random: np.random.Generator, within: tuple[float, float]) -> Array:
        """One colour for each image [N, C, 1, 1]."""
        return random.uniform(*within, (self.settings.samples, self.settings.channels, 1, 1))

    def _cell(self, random: np.random.Generator, row: int, column: int) -> Labels:
        """The classes of the pixels [N, size, size] that this cell's shapes cover, else 0."""
        count, cell = self.settings.samples, self.settings.size / CELLS
        kind = random.integers(1, self.settings.classes, (count, 1, 1))
        kind *= random.random((count, 1, 1)) < FILLED
        radius = cell * random.uniform(*RADII, (count, 1, 1))
        free = cell / 2 - radius  # how far the centre may be from the cell's
        x, y = (
            (place + 0.5) * cell + free * random.uniform(-1, 1, (count, 1, 1))
            for place in (column, row)
        )
        return np.where(self._inside(kind, x, y, radius), kind, 0)

    def _inside(self, kind: Labels, x: Array, y: Array, radius: Array) -> NDArray[np.bool_]:
        """Whether a pixel's middle lies in the shape; y runs downwards."""
        middle = np.arange(self.settings.size) + 0.5
        across, down = np.abs(middle[np.newaxis, np.newaxis] - x), middle[:, np.newaxis] - y
        disc = across**2 + down**2 <= radius**2
        square = np.maximum(across, np.abs(down)) <= radius
        triangle = (np.abs(down) <= radius) & (across <= (down + radius) / 2)
        return np.select([kind == 1, kind == 2, kind == 3], [disc, square, triangle], default=False)
