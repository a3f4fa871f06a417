"""The masks show what they name, told by the share of its bounding box that a shape fills."""

from collections.abc import Iterator
from math import pi
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

from trainer.data import Dataset
from trainer.data.shapes import Shapes
from trainer.recipe.data import Shapes as Settings

FILLED = {1: pi / 4, 2: 1.0, 3: 0.5}  # disc, square, triangle


def load(**given: object) -> Dataset:
    return Shapes(Settings.model_validate(given)).load(Path())


def pieces(masks: torch.Tensor) -> Iterator[tuple[int, np.ndarray]]:
    """(label, its bounding box) of each connected shape."""
    for mask in masks.numpy():
        parts, _ = ndimage.label(mask > 0)
        for box in ndimage.find_objects(parts):
            labels = np.unique(mask[box][mask[box] > 0])
            if len(labels) == 1:  # two may touch at a pixel
                yield int(labels[0]), mask[box] > 0


def test_form() -> None:
    data = load(samples=20, size=40, channels=3)
    assert data.inputs.shape == (20, 3, 40, 40)
    assert data.targets.shape == (20, 40, 40)
    assert (data.task, data.outputs) == ("segmentation", 4)
    assert data.labels == ("background", "disc", "square", "triangle")
    assert (data.inputs.min().item(), data.inputs.max().item()) == (0.0, 1.0)


def test_each_label_has_its_shape() -> None:
    data = load(samples=60, size=128, noise=0.0)
    seen = dict.fromkeys(FILLED, 0)
    for label, box in pieces(data.targets):
        height, width = box.shape
        assert abs(height - width) <= 2
        assert box.mean() == pytest.approx(FILLED[label], abs=0.06)
        seen[label] += 1
    assert min(seen.values()) > 20


def test_a_triangle_points_up() -> None:
    data = load(samples=30, size=96, noise=0.0)
    for label, box in pieces(data.targets):
        if label == 3:
            widths = box.sum(axis=1)
            assert (np.diff(widths) >= 0).all()
            assert widths[-1] > 3 * widths[0]


@pytest.mark.parametrize("channels", [1, 3])
def test_brightness_follows_the_mask(channels: int) -> None:
    data = load(samples=30, noise=0.0, channels=channels)
    bright = data.inputs.min(dim=1).values >= 0.5
    dark = data.inputs.max(dim=1).values <= 0.3
    assert bright.equal(data.targets > 0)
    assert dark.equal(data.targets == 0)


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_classes_count_the_background(classes: int) -> None:
    data = load(samples=50, classes=classes)
    assert data.targets.unique().tolist() == list(range(classes))
    assert data.outputs == classes


def test_noise_is_a_std() -> None:
    clean, noisy = load(noise=0.0, samples=50), load(noise=0.05, samples=50)
    middle = (clean.inputs > 0.2) & (clean.inputs < 0.8)  # where nothing is cut at 0 or 1
    difference = (noisy.inputs - clean.inputs)[middle]
    assert difference.std().item() == pytest.approx(0.05, rel=0.05)
