"""Recall at k against scikit-learn's neighbours, in one go and in pieces."""

import math

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from trainer.form import Form
from trainer.metrics import _nearest
from trainer.metrics.recall_at_k import RecallAtK
from trainer.recipe.evaluation import RecallAtK as Settings

FORM = Form((4,), 5)


def slow(embeddings: np.ndarray, labels: np.ndarray, k: int) -> float:
    x = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    neighbours = NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False)
    return float((labels[neighbours] == labels[:, None]).any(axis=1).mean())


@pytest.mark.parametrize("at_once", [2**24, 1000, 1])
@pytest.mark.parametrize("k", [1, 3, 20])
def test_formula(k: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_nearest, "MOST", at_once)
    rng = np.random.default_rng(0)
    embeddings, labels = rng.normal(size=(150, 4)), rng.integers(5, size=150)
    ours = RecallAtK(Settings(k=k)).of(torch.tensor(embeddings), torch.tensor(labels), FORM)
    assert ours == pytest.approx(slow(embeddings, labels, k))


def test_a_sample_is_not_its_own_neighbour() -> None:
    x = torch.eye(4)
    assert RecallAtK(Settings()).of(x, torch.arange(4), FORM) == 0
    assert RecallAtK(Settings(k=3)).of(x, torch.tensor([0, 0, 1, 2]), FORM) == 0.5


def test_more_neighbours_than_there_are() -> None:
    x = torch.randn(3, 2)
    assert RecallAtK(Settings(k=50)).of(x, torch.tensor([0, 0, 1]), FORM) == pytest.approx(2 / 3)


def test_nan_of_one_sample_and_of_what_is_not_finite() -> None:
    recall = RecallAtK(Settings())
    assert math.isnan(recall.of(torch.ones(1, 3), torch.tensor([0]), FORM))
    assert math.isnan(recall.of(torch.tensor([[1.0], [math.inf]]), torch.tensor([0, 0]), FORM))
    assert math.isnan(recall.of(torch.full((2, 2), 1e30), torch.tensor([0, 0]), FORM))
