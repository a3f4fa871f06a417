"""ArcFace against pytorch-metric-learning's, and where that one's gradient is nan."""

import math

import numpy as np
import pytest
import torch
from pytorch_metric_learning.losses import ArcFaceLoss

from trainer.form import Form
from trainer.losses.arcface import Arcface
from trainer.recipe.losses import Arcface as Settings

FORM = Form((8,), 6)


@pytest.mark.parametrize(("margin", "scale"), [(28.6, 64.0), (0.0, 1.0), (80.0, 10.0)])
def test_the_librarys_value_and_gradient(margin: float, scale: float) -> None:
    torch.manual_seed(0)
    theirs = ArcFaceLoss(6, 4, margin=margin, scale=scale).double()
    ours = Arcface(Settings(dimensions=4, margin=margin, scale=scale)).build(FORM).double()
    ours.load_state_dict({"directions": theirs.W.detach().T})
    x = torch.randn(200, 4, dtype=torch.float64)  # many are more than π − m away from their own
    labels = torch.arange(200) % 6
    first, second = x.clone().requires_grad_(), x.clone().requires_grad_()
    a, b = ours(first, labels), theirs(second, labels)
    a.backward()
    b.backward()
    torch.testing.assert_close(a, b)
    torch.testing.assert_close(first.grad, second.grad)
    torch.testing.assert_close(ours.get_parameter("directions").grad, theirs.W.grad.T)


def test_formula_in_the_plane() -> None:
    """Directions at 0° and 90°, a sample of class 0 at 30°: s cos(30° + m) against s cos(60°)."""
    loss = Arcface(Settings(dimensions=2, margin=20.0, scale=5.0)).build(Form((3,), 2)).double()
    loss.load_state_dict({"directions": torch.eye(2)})
    x = torch.tensor([[math.cos(math.pi / 6), 0.5]], dtype=torch.float64) * 7
    logits = 5 * np.cos(np.radians([50.0, 60.0]))
    expected = np.log(np.exp(logits).sum()) - logits[0]
    assert loss(x, torch.tensor([0])).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["aligned", "opposite"])
def test_an_embedding_on_its_direction_has_a_gradient(sign: float) -> None:
    torch.manual_seed(0)
    loss = Arcface(Settings(dimensions=2)).build(FORM)
    directions = loss.get_parameter("directions")
    x = (sign * 3 * directions.detach()).requires_grad_()
    loss(x, torch.arange(6)).backward()
    assert x.grad is not None
    assert directions.grad is not None
    assert x.grad.isfinite().all()
    assert directions.grad.isfinite().all()
