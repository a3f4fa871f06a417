"""Losses of many kinds before training: healthy runs are silent, and planted mistakes are named."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics import preflight
from diagnostics.report import Report

N, C = 240, 10
RANDOM = torch.Generator().manual_seed(5)
INPUTS = torch.randn(N, 12, generator=RANDOM)
LABELS = (INPUTS @ torch.randn(12, C, generator=RANDOM)).argmax(1)
FLAGS = (INPUTS[:, :1] > 0.8).float()
IMAGES = torch.randn(N // 6, 1, 8, 8, generator=RANDOM)
MASKS = (F.avg_pool2d(IMAGES, 3, 1, 1) > 0.1).float()
VIEWS = INPUTS.repeat_interleave(2, 0) + 0.1 * torch.randn(2 * N, 12, generator=RANDOM)
NOTHING = torch.zeros(2 * N, 1)
Loss = Callable[[Tensor, Tensor], Tensor]
Make = Callable[[], nn.Module]  # made in the test: a seed set at import would be every test's


def focal(outputs: Tensor, targets: Tensor) -> Tensor:
    lost = F.cross_entropy(outputs, targets, reduction="none")
    return ((1 - (-lost).exp()) ** 2 * lost).mean()


def binary_focal(outputs: Tensor, targets: Tensor) -> Tensor:
    lost = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
    weight = 0.25 * targets + 0.75 * (1 - targets)
    return (weight * (1 - (-lost).exp()) ** 2 * lost).mean()


def dice(outputs: Tensor, targets: Tensor) -> Tensor:
    p = outputs.sigmoid()
    return 1 - (2 * (p * targets).sum() + 1) / (p.sum() + targets.sum() + 1)


def info_nce(outputs: Tensor, targets: Tensor, unit: bool = True) -> Tensor:
    z = F.normalize(outputs, dim=1) if unit else outputs
    z = torch.cat([z[::2], z[1::2]])
    logits = (z @ z.T / 0.1).fill_diagonal_(-torch.inf)
    return F.cross_entropy(logits, torch.arange(len(z)).roll(len(z) // 2))


def triplet(outputs: Tensor, targets: Tensor) -> Tensor:
    loss: Tensor = nn.TripletMarginLoss()(*outputs.unbind(1))
    return loss


def network(outputs: int, last: nn.Module | None = None) -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, outputs)]
    return nn.Sequential(*layers, *([] if last is None else [last]))


class Three(nn.Module):
    """Embeds an anchor, its positive and another row's."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = network(8)

    def forward(self, inputs: Tensor) -> Tensor:
        moved = (inputs, inputs + 0.1, inputs.flip(-1))
        return torch.stack([self.inner(each) for each in moved], 1)


def convolutions() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))


def looked_at(model: nn.Module, loss_fn: Loss, inputs: Tensor, targets: Tensor) -> Report:
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    return preflight(model, loss_fn, inputs, targets, optimizer=optimizer)


@pytest.mark.parametrize(
    ("make", "loss_fn", "inputs", "targets", "kind"),
    [
        (lambda: network(C), focal, INPUTS, LABELS, "focal_loss"),
        (lambda: network(1), binary_focal, INPUTS, FLAGS, "binary_focal_loss"),
        (convolutions, dice, IMAGES, MASKS, "dice_loss"),
        (lambda: network(8), info_nce, VIEWS, NOTHING, "info_nce_loss"),
        (Three, triplet, INPUTS, NOTHING[:N], "triplet_margin_loss"),
    ],
    ids=["focal", "binary focal", "dice", "InfoNCE", "triplet"],
)
def test_sound_runs_are_silent(
    make: Make, loss_fn: Loss, inputs: Tensor, targets: Tensor, kind: str
) -> None:
    report = looked_at(make(), loss_fn, inputs, targets)
    assert report.healthy, str(report)
    assert report.history.facts.loss == kind
    assert report.history.facts.loss_scale == pytest.approx(1, rel=0.01)
    said = {verdict.check: verdict for verdict in report.verdicts}["initial_loss"]
    assert said.severity == "pass", said


@pytest.mark.parametrize(
    ("make", "loss_fn", "inputs", "targets"),
    [
        (lambda: network(C), lambda o, t: N * focal(o, t), INPUTS, LABELS),
        (lambda: network(1), lambda o, t: N * binary_focal(o, t), INPUTS, FLAGS),
        (lambda: network(8), lambda o, t: 2 * N * info_nce(o, t), VIEWS, NOTHING),
    ],
    ids=["focal", "binary focal", "InfoNCE"],
)
def test_a_sum_for_a_mean_is_told(
    make: Make, loss_fn: Loss, inputs: Tensor, targets: Tensor
) -> None:
    report = looked_at(make(), loss_fn, inputs, targets)
    said = {verdict.check: verdict for verdict in report.verdicts}["loss_form"]
    assert "sum over the batch" in said.summary
    assert set(said.causes) == {"loss_reduction_sum"}


def test_a_softmax_before_a_focal_loss_is_found() -> None:
    report = looked_at(network(C, nn.Softmax(1)), focal, INPUTS, LABELS)
    assert report.diagnosis[0].cause == "double_softmax"


def test_a_sigmoid_before_a_binary_focal_loss_is_found() -> None:
    report = looked_at(network(1, nn.Sigmoid()), binary_focal, INPUTS, FLAGS)
    assert report.diagnosis[0].cause == "output_activation_mismatch"


def test_more_outputs_than_classes_are_no_fault_of_the_loss() -> None:
    report = looked_at(network(2 * C), focal, INPUTS, LABELS)
    assert not [v for v in report.verdicts if v.check == "initial_loss" and v.severity != "pass"]


def test_embeddings_of_no_length_are_found() -> None:
    """Without a unit length the temperature makes logits of hundreds."""
    model = network(8)
    with torch.no_grad():
        model.get_parameter("2.weight").mul_(10)
    report = looked_at(model, lambda o, t: info_nce(o, t, unit=False), VIEWS, NOTHING)
    said = {verdict.check: verdict for verdict in report.verdicts}["initial_loss"]
    assert said.severity.rank >= 2, said
    assert set(said.causes) == {"bad_initial_loss"}
