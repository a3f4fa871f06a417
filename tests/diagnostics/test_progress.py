import pytest
import torch
from torch import nn

from diagnostics import Facts
from diagnostics.progress import floor_loss


@pytest.mark.parametrize(("classes", "smoothing"), [(2, 0.3), (10, 0.1), (10, 0.5)])
def test_the_floor_is_what_torch_gives_the_smoothed_targets_themselves(
    classes: int, smoothing: float
) -> None:
    target = torch.full((classes,), smoothing / classes, dtype=torch.float64)
    target[0] += 1 - smoothing
    smoothed = nn.CrossEntropyLoss(label_smoothing=smoothing)
    expected = smoothed(target.log()[None], torch.tensor([0]))
    facts = Facts(classes=classes, loss="cross_entropy", label_smoothing=smoothing)
    assert floor_loss(facts) == pytest.approx(float(expected))


def test_no_floor_without_smoothing_or_classes() -> None:
    assert floor_loss(Facts(classes=10, loss="cross_entropy")) == 0.0
    assert floor_loss(Facts(loss="cross_entropy", label_smoothing=0.1)) == 0.0
    assert floor_loss(Facts(classes=10, loss="mse_loss", label_smoothing=0.1)) == 0.0
