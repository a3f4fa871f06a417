"""Triplet loss against all triplets in numpy, for every miner."""

import numpy as np
import pytest
import torch

from trainer.form import Form
from trainer.losses.triplet import Triplet
from trainer.recipe.losses import Triplet as Settings

FORM = Form((4,), 3)


def slow(embeddings: np.ndarray, labels: np.ndarray, margin: float, miner: str) -> float:
    x = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    d = np.linalg.norm(x[:, None] - x[None], axis=2)
    found = [0.0]
    for a in range(len(x)):
        for p in range(len(x)):
            for n in range(len(x)):
                if a == p or labels[a] != labels[p] or labels[a] == labels[n]:
                    continue
                hard = d[a, n] <= d[a, p]
                if miner == "all" or hard == (miner == "hard"):
                    found.append(max(0.0, d[a, p] - d[a, n] + margin))
    return float(np.mean([v for v in found if v > 0] or [0.0]))


@pytest.mark.parametrize("miner", ["all", "hard", "semihard"])
@pytest.mark.parametrize("margin", [0.05, 0.2, 1.0])
def test_formula(margin: float, miner: str) -> None:
    rng = np.random.default_rng(0)
    embeddings, labels = rng.normal(size=(24, 4)), rng.integers(3, size=24)
    loss = Triplet(Settings(dimensions=4, margin=margin, miner=miner)).build(FORM)
    ours = loss(torch.tensor(embeddings), torch.tensor(labels))
    assert ours.item() == pytest.approx(slow(embeddings, labels, margin, miner), rel=1e-9)


@pytest.mark.parametrize("miner", ["all", "hard", "semihard"])
def test_classes_that_are_apart_by_the_margin_cost_nothing(miner: str) -> None:
    x = torch.tensor([[1.0, 0.0], [2.0, 0.1], [0.0, 1.0], [0.1, 3.0]], requires_grad=True)
    loss = Triplet(Settings(dimensions=2, miner=miner)).build(FORM)(x, torch.tensor([0, 0, 1, 1]))
    loss.backward()
    assert loss.item() == 0
    assert x.grad is not None
    assert not x.grad.any()
