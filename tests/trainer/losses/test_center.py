"""Center loss against its formula in numpy."""

import numpy as np
import pytest
import torch

from trainer.form import Form
from trainer.losses.center import Center
from trainer.recipe.losses import Center as Settings

FORM = Form((8,), 5)


@pytest.mark.parametrize("weight", [0.0, 0.1, 3.0])
def test_formula(weight: float) -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(24, 4)), rng.integers(5, size=24)
    loss = Center(Settings(dimensions=4, weight=weight)).build(FORM).double()
    w, b, centres = (
        loss.get_parameter(name).detach().numpy()
        for name in ("classifier.weight", "classifier.bias", "centres")
    )
    logits = x @ w.T + b
    entropy = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(24), labels]
    away = 0.5 * ((x - centres[labels]) ** 2).sum(axis=1)
    ours = loss(torch.tensor(x), torch.tensor(labels))
    assert ours.item() == pytest.approx((entropy + weight * away).mean(), rel=1e-12)


def test_the_centres_come_to_their_classes() -> None:
    x, labels = torch.randn(40, 4), torch.arange(40) % 5
    loss = Center(Settings(dimensions=4, weight=1.0)).build(FORM)
    optimizer = torch.optim.SGD(loss.parameters(), lr=1.0)
    for _ in range(200):
        optimizer.zero_grad()
        loss(x, labels).backward()
        optimizer.step()
    means = torch.stack([x[labels == c].mean(dim=0) for c in range(5)])
    torch.testing.assert_close(loss.get_parameter("centres"), means, atol=1e-4, rtol=0)
