"""The dice loss in the forms that it is written in, and its closed form at logits of 0."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.baseline import blank_loss
from diagnostics.probes.loss_form import LossForm, identify

N, C, H = 6, 4, 8
RANDOM = torch.Generator().manual_seed(0)
LABELS = torch.randint(C, (N, H, H), generator=RANDOM)
LOGITS = torch.zeros(N, C, H, H)
MASK = (torch.rand(N, 1, H, H, generator=RANDOM) < 0.3).float()
BARE = torch.zeros(N, 1, H, H)
Loss = Callable[[Tensor, Tensor], Tensor]
OVER = {"batch": (0, 1, 2, 3), "sample": (1, 2, 3), "class": (0, 2, 3), "each": (2, 3)}


class Dice(nn.Module):
    """One of many."""

    def __init__(
        self, over: str, smooth: float = 1.0, square: bool = False, squash: bool = True
    ) -> None:
        super().__init__()
        self.over, self.smooth, self.square, self.squash = OVER[over], smooth, square, squash

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return 1 - self.overlap(outputs, targets).mean()

    def overlap(self, outputs: Tensor, targets: Tensor) -> Tensor:
        p = outputs if not self.squash else outputs.sigmoid()
        q = targets
        if not targets.is_floating_point():
            p = outputs if not self.squash else outputs.softmax(1)
            q = F.one_hot(targets, C).movedim(-1, 1).to(outputs.dtype)
        below = (p.square() + q.square() if self.square else p + q).sum(dim=self.over)
        return (2 * (p * q).sum(dim=self.over) + self.smooth) / (below + self.smooth)


def assert_is(found: LossForm | None, kind: str, on: str = "logits", scale: float = 1) -> None:
    assert found is not None
    assert (found.kind, found.on) == (kind, on)
    assert found.scale == pytest.approx(scale, rel=0.01)


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("smooth", [0.0, 1e-6, 1e-5, 1.0])
@pytest.mark.parametrize("square", [False, True])
def test_of_labels_and_of_masks(over: str, smooth: float, square: bool) -> None:
    loss_fn = Dice(over, smooth, square)
    assert_is(identify(loss_fn, LOGITS, LABELS), "dice_loss")
    assert_is(identify(loss_fn, BARE, MASK), "dice_loss")


def test_its_closed_form() -> None:
    form = identify(Dice("batch", 0.0), BARE, MASK)
    share = float(MASK.mean())  # p is 1/2 everywhere
    expected = 1 - 2 * 0.5 * share / (0.5 + share)
    blank = blank_loss(Dice("batch", 0.0), form, BARE, MASK)
    assert blank == pytest.approx(expected, rel=0.01)
    squares = 1 - 2 * 0.5 * share / (0.25 + share)  # Milletari et al. 2016, eq. 3
    loss_fn = Dice("batch", 0.0, square=True)
    assert blank_loss(loss_fn, form, BARE, MASK) == pytest.approx(squares, rel=0.01)
    form = identify(Dice("class", 0.0), LOGITS, LABELS)
    shares = torch.bincount(LABELS.flatten(), minlength=C) / LABELS.numel()
    expected = float((1 - 2 * shares / C / (1 / C + shares)).mean())
    blank = blank_loss(Dice("class", 0.0), form, LOGITS, LABELS)
    assert blank == pytest.approx(expected, rel=0.01)


def test_of_probabilities() -> None:
    assert_is(identify(Dice("sample", squash=False), BARE, MASK), "dice_loss", "probabilities")
    assert_is(identify(Dice("each", squash=False), LOGITS, LABELS), "dice_loss", "probabilities")


def test_minus_the_overlap() -> None:
    assert_is(identify(lambda o, t: -Dice("batch").overlap(o, t).mean(), BARE, MASK), "dice_loss")


def test_a_sum_over_the_samples_is_seen_by_its_factor() -> None:
    found = identify(lambda o, t: N * Dice("sample")(o, t), BARE, MASK)
    assert_is(found, "dice_loss", scale=N)


def test_a_sum_over_the_classes_is_no_sum_over_the_samples() -> None:
    assert_is(identify(lambda o, t: C * Dice("class")(o, t), LOGITS, LABELS), "dice_loss")


@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0])
def test_with_a_cross_entropy_beside_it(weight: float) -> None:
    def classes(outputs: Tensor, targets: Tensor) -> Tensor:
        lost: Tensor = Dice("each")(outputs, targets)
        return lost + weight * F.cross_entropy(outputs, targets)

    def flags(outputs: Tensor, targets: Tensor) -> Tensor:
        lost: Tensor = Dice("sample", 1e-6)(outputs, targets)
        return lost + weight * F.binary_cross_entropy_with_logits(outputs, targets)

    assert_is(identify(classes, LOGITS, LABELS), "dice_cross_entropy", scale=max(weight, 1))
    assert_is(identify(flags, BARE, MASK), "dice_cross_entropy", scale=max(weight, 1))


@pytest.mark.parametrize(
    "loss_fn",
    [
        lambda o, t: 1 - (o.sigmoid() * t).sum() / (o.sigmoid() + t - o.sigmoid() * t).sum(),  # IoU
        lambda o, t: (o.sigmoid() - t).abs().mean(),
        lambda o, t: (o.sigmoid() - t).square().mean(),
        lambda o, t: Dice("batch")(o, t) + 0.1 * o.square().mean(),
    ],
)
def test_other_losses_of_masks_are_none(loss_fn: Loss) -> None:
    found = identify(loss_fn, BARE, MASK)
    assert found is None or "dice" not in found.kind


def test_masks_from_0_to_255_are_left_alone() -> None:
    assert identify(Dice("batch"), BARE, 255 * MASK) is None
