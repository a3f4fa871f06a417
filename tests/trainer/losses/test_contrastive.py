"""Contrastive loss against all pairs in numpy."""

import numpy as np
import pytest
import torch

from trainer.form import Form
from trainer.losses.contrastive import Contrastive
from trainer.recipe.losses import Contrastive as Settings

FORM = Form((4,), 3)


def slow(embeddings: np.ndarray, labels: np.ndarray, near: float, far: float) -> float:
    x = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    same, other = [], []
    for i in range(len(x)):
        for j in range(len(x)):
            d = float(np.linalg.norm(x[i] - x[j]))
            if i != j and labels[i] == labels[j]:
                same.append(max(0.0, d - near))
            if labels[i] != labels[j]:
                other.append(max(0.0, far - d))
    return sum(np.mean([v for v in each if v > 0]) for each in (same, other) if any(each))


@pytest.mark.parametrize(("near", "far"), [(0.0, 1.0), (0.5, 1.8), (2.0, 0.01)])
def test_formula(near: float, far: float) -> None:
    rng = np.random.default_rng(0)
    embeddings, labels = rng.normal(size=(24, 4)), rng.integers(3, size=24)
    loss = Contrastive(Settings(dimensions=4, pos_margin=near, neg_margin=far)).build(FORM)
    ours = loss(torch.tensor(embeddings), torch.tensor(labels))
    assert ours.item() == pytest.approx(slow(embeddings, labels, near, far), rel=1e-9)


def test_classes_that_are_apart_cost_nothing() -> None:
    x = torch.tensor([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, 3.0]])
    loss = Contrastive(Settings(dimensions=2)).build(FORM)
    assert loss(x, torch.tensor([0, 0, 1, 1])).item() == 0
    assert loss(x, torch.tensor([0, 1, 0, 1])).item() > 1
