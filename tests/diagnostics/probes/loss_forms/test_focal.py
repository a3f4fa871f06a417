"""Focal losses and weighted flags: recognised by value, and their closed form at logits of 0."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.baseline import blank_loss
from diagnostics.probes.loss_form import LossForm, identify

N, C = 30, 6
LABELS = torch.arange(N) % C
LOGITS = torch.zeros(N, C)
FLAGS = (torch.arange(N) % 5 == 0).float()  # a fifth
SEVERAL = (torch.arange(N * C).reshape(N, C) % 4 == 0).float()


class Focal(nn.Module):
    """As users write it."""

    def __init__(self, gamma: float, reduction: str = "mean") -> None:
        super().__init__()
        self.gamma, self.reduction = gamma, reduction

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        log_p = F.log_softmax(outputs, 1).gather(1, targets.unsqueeze(1)).squeeze(1)
        lost = -((1 - log_p.exp()) ** self.gamma) * log_p
        return lost.sum() if self.reduction == "sum" else lost.mean()


class BinaryFocal(Focal):
    """torchvision's `sigmoid_focal_loss`; alpha None weighs no flag."""

    def __init__(self, gamma: float, alpha: float | None = None, reduction: str = "mean") -> None:
        super().__init__(gamma, reduction)
        self.alpha = alpha

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        p = torch.sigmoid(outputs)
        lost = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
        lost = lost * (1 - (p * targets + (1 - p) * (1 - targets))) ** self.gamma
        if self.alpha is not None:
            lost = lost * (self.alpha * targets + (1 - self.alpha) * (1 - targets))
        if self.reduction == "positives":
            return lost.sum() / targets.sum()
        return lost.sum() if self.reduction == "sum" else lost.mean()


Loss = Callable[[Tensor, Tensor], Tensor]


def found(loss_fn: Loss, outputs: Tensor, targets: Tensor) -> LossForm:
    form = identify(loss_fn, outputs, targets)
    assert form is not None
    return form


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 3.0, 5.0])
def test_of_classes(gamma: float) -> None:
    form = found(Focal(gamma), LOGITS, LABELS)
    assert (form.kind, form.on) == ("focal_loss", "logits")
    assert form.scale == pytest.approx(1, rel=1e-3)
    expected = (1 - 1 / C) ** gamma * math.log(C)  # Lin et al. 2017, eq. 4 at p = 1/C
    assert blank_loss(Focal(gamma), form, LOGITS, LABELS) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [None, 0.25, 0.75])
def test_of_flags(gamma: float, alpha: float | None) -> None:
    form = found(BinaryFocal(gamma, alpha), torch.zeros(N), FLAGS)
    assert (form.kind, form.on) == ("binary_focal_loss", "logits")
    assert form.scale == pytest.approx(1, rel=1e-3)
    share = 1.0 if alpha is None else alpha * 0.2 + (1 - alpha) * 0.8
    expected = share * math.log(2) / 2**gamma
    blank = blank_loss(BinaryFocal(gamma, alpha), form, torch.zeros(N), FLAGS)
    assert blank == pytest.approx(expected, rel=0.01)


def test_of_several_flags_at_once() -> None:
    assert found(BinaryFocal(2.0, 0.25), LOGITS, SEVERAL).kind == "binary_focal_loss"


def test_a_sum_is_seen_by_its_factor() -> None:
    assert found(Focal(2.0, "sum"), LOGITS, LABELS).scale == pytest.approx(N, rel=1e-3)
    form = found(BinaryFocal(2.0, 0.25, "sum"), torch.zeros(N), FLAGS)
    assert form.scale == pytest.approx(N, rel=1e-3)


def test_a_mean_over_the_positives_is_no_sum() -> None:
    """As RetinaNet's."""
    form = found(BinaryFocal(2.0, 0.25, "positives"), torch.zeros(N), FLAGS)
    assert form.scale == 1.0


def test_on_probabilities() -> None:
    def of_classes(outputs: Tensor, targets: Tensor) -> Tensor:
        lost: Tensor = Focal(2.0)(outputs.clamp_min(1e-12).log(), targets)
        return lost

    def of_flags(outputs: Tensor, targets: Tensor) -> Tensor:
        lost: Tensor = BinaryFocal(2.0)(outputs.logit(), targets)
        return lost

    form = found(of_classes, LOGITS, LABELS)
    assert (form.kind, form.on) == ("focal_loss", "probabilities")
    form = found(of_flags, torch.zeros(N), FLAGS)
    assert (form.kind, form.on) == ("binary_focal_loss", "probabilities")


def test_a_sigmoid_inside_the_loss_is_seen() -> None:
    def twice(outputs: Tensor, targets: Tensor) -> Tensor:
        lost: Tensor = BinaryFocal(2.0)(torch.sigmoid(outputs), targets)
        return lost

    form = found(twice, torch.zeros(N), FLAGS)
    assert (form.kind, form.on) == ("binary_focal_loss", "squashed")


def test_two_softmaxes_inside_the_loss_are_left_alone() -> None:
    form = identify(lambda o, t: Focal(2.0)(o.softmax(1), t), LOGITS, LABELS)
    assert form == LossForm("cross_entropy_weighted", "logits")


@pytest.mark.parametrize("weight", [0.3, 4.0, 20.0])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_weighted_flags(weight: float, reduction: str) -> None:
    loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weight), reduction=reduction)
    form = found(loss_fn, torch.zeros(N), FLAGS)
    times = N if reduction == "sum" else 1
    assert (form.kind, form.on) == ("binary_cross_entropy_weighted", "logits")
    assert form.scale == pytest.approx(times, rel=1e-2)
    expected = times * math.log(2) * (0.2 * weight + 0.8)
    assert blank_loss(loss_fn, form, torch.zeros(N), FLAGS) == pytest.approx(expected, rel=0.01)


def test_flags_of_one_kind_tell_nothing_of_alpha() -> None:
    for flags in (torch.zeros(N), torch.ones(N)):
        assert identify(BinaryFocal(2.0, 0.25), torch.zeros(N), flags) is None


@pytest.mark.parametrize(
    "loss_fn",
    [
        lambda o, t: F.cross_entropy(o, t) ** 2,
        lambda o, t: (F.cross_entropy(o, t, reduction="none") ** 2).mean(),
        lambda o, t: Focal(2.2)(o, t) + 0.01 * o.square().mean(),
    ],
)
def test_what_only_looks_like_it(loss_fn: Loss) -> None:
    form = identify(loss_fn, LOGITS, LABELS)
    assert form is None or form.kind == "cross_entropy_weighted"
