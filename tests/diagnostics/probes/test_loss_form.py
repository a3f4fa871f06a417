"""Every loss of torch's, as users wrap it, is recognised by its values alone."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.loss_form import LossForm, identify

N, C = 24, 5
LOGITS = torch.zeros(N, C)
LABELS = torch.arange(N) % C
VALUES = torch.linspace(-2, 3, N).unsqueeze(1)
FLAGS = (torch.arange(N) % 3 == 0).float()
Loss = Callable[[Tensor, Tensor], Tensor]


def focal(outputs: Tensor, targets: Tensor) -> Tensor:
    lost = F.cross_entropy(outputs, targets, reduction="none")
    return ((1 - (-lost).exp()) ** 2 * lost).mean()


def keras(outputs: Tensor, targets: Tensor) -> Tensor:
    shares = (outputs / outputs.sum(1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
    return -shares[torch.arange(len(targets)), targets].log().mean()


def one_hot(outputs: Tensor, targets: Tensor) -> Tensor:
    return ((outputs - torch.eye(C)[targets]) ** 2).mean()


@pytest.mark.parametrize(
    ("loss_fn", "form"),
    [
        (nn.CrossEntropyLoss(), LossForm("cross_entropy", "logits")),
        (nn.CrossEntropyLoss(reduction="sum"), LossForm("cross_entropy", "logits", N)),
        (lambda o, t: -F.cross_entropy(o, t), LossForm("cross_entropy", "logits", -1)),
        (lambda o, t: 0.3 * F.cross_entropy(o, t) / 2, LossForm("cross_entropy", "logits", 0.15)),
        (nn.NLLLoss(), LossForm("nll_loss", "log_probabilities")),
        (lambda o, t: F.nll_loss(o.log(), t), LossForm("cross_entropy", "probabilities")),
        (keras, LossForm("cross_entropy", "probabilities")),
        (one_hot, LossForm("mse_onehot", "values")),
        (nn.MultiMarginLoss(), LossForm("multi_margin_loss", "values")),
        (lambda o, t: F.cross_entropy(o.softmax(1), t), LossForm("cross_entropy", "squashed")),
        (focal, LossForm("focal_loss", "logits")),
        (
            nn.CrossEntropyLoss(weight=torch.arange(1.0, C + 1)),
            LossForm("cross_entropy_weighted", "logits"),
        ),
        (nn.CrossEntropyLoss(ignore_index=0), LossForm("cross_entropy_weighted", "logits")),
        (lambda o, t: o.pow(2).mean() * t.float().mean(), None),
    ],
)
def test_losses_of_class_labels(loss_fn: Loss, form: LossForm | None) -> None:
    assert_is(identify(loss_fn, LOGITS, LABELS), form)


@pytest.mark.parametrize(
    ("loss_fn", "form"),
    [
        (nn.MSELoss(), LossForm("mse_loss", "values")),
        (nn.MSELoss(reduction="sum"), LossForm("mse_loss", "values", N)),
        (lambda o, t: 0.5 * F.mse_loss(o, t), LossForm("mse_loss", "values", 0.5)),
        (nn.L1Loss(), LossForm("l1_loss", "values")),
        (nn.SmoothL1Loss(), LossForm("smooth_l1_loss", "values")),
        (nn.HuberLoss(), LossForm("smooth_l1_loss", "values")),
        (nn.PoissonNLLLoss(), LossForm("poisson_nll_loss", "values")),
        (lambda o, t: (0.9 * (t - o)).max((-0.1) * (t - o)).mean(), None),  # a quantile
    ],
)
def test_losses_of_values(loss_fn: Loss, form: LossForm | None) -> None:
    assert_is(identify(loss_fn, torch.zeros(N, 1), VALUES), form)


@pytest.mark.parametrize(
    ("loss_fn", "form"),
    [
        (nn.BCEWithLogitsLoss(), LossForm("binary_cross_entropy", "logits")),
        (nn.BCEWithLogitsLoss(reduction="sum"), LossForm("binary_cross_entropy", "logits", N)),
        (nn.BCELoss(), LossForm("binary_cross_entropy", "probabilities")),
        (
            lambda o, t: F.binary_cross_entropy_with_logits(o.sigmoid(), t),
            LossForm("binary_cross_entropy", "squashed"),
        ),
        (
            nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0)),
            LossForm("binary_cross_entropy_weighted", "logits"),
        ),
    ],
)
def test_losses_of_two_classes(loss_fn: Loss, form: LossForm | None) -> None:
    assert_is(identify(loss_fn, torch.zeros(N), FLAGS), form)


def assert_is(found: LossForm | None, form: LossForm | None) -> None:
    assert (found is None) == (form is None)
    if found is not None and form is not None:
        same = (found.kind, found.on, found.broadcast)
        assert same == (form.kind, form.on, form.broadcast)
        assert found.scale == pytest.approx(form.scale, rel=1e-3)
        assert found.label_smoothing == pytest.approx(form.label_smoothing, abs=1e-3)


@pytest.mark.parametrize(
    ("loss_fn", "kind"),
    [(nn.MSELoss(), "mse_loss"), (nn.L1Loss(), "l1_loss")],
)
@pytest.mark.parametrize("middle", [30.0, 300.0, 3000.0])
def test_targets_far_from_zero_do_not_make_losses_look_alike(
    loss_fn: Loss, kind: str, middle: float
) -> None:
    found = identify(loss_fn, torch.zeros(N, 1), middle + 5 * VALUES)
    assert_is(found, LossForm(kind, "values"))


def test_targets_may_be_of_another_shape_and_type() -> None:
    whole = (torch.arange(N) % 2).long()
    found = identify(
        lambda o, t: F.binary_cross_entropy_with_logits(o.squeeze(1), t.float()),
        torch.zeros(N, 1),
        whole,
    )
    assert_is(found, LossForm("binary_cross_entropy", "logits"))


def test_several_labels_at_once() -> None:
    flags = (torch.arange(N * C).reshape(N, C) % 3 == 0).float()
    assert_is(
        identify(nn.BCEWithLogitsLoss(), LOGITS, flags), LossForm("binary_cross_entropy", "logits")
    )
    assert_is(
        identify(nn.BCELoss(), LOGITS, flags), LossForm("binary_cross_entropy", "probabilities")
    )


def test_soft_labels_are_a_cross_entropy() -> None:
    soft = torch.softmax(torch.randn(N, C, generator=torch.Generator().manual_seed(3)), 1)
    assert_is(identify(F.cross_entropy, LOGITS, soft), LossForm("cross_entropy", "logits"))


def test_every_pixel_has_a_label() -> None:
    labels = torch.arange(N * 4).reshape(N, 2, 2) % C
    outputs = torch.zeros(N, C, 2, 2)
    assert_is(identify(nn.CrossEntropyLoss(), outputs, labels), LossForm("cross_entropy", "logits"))
    summed = identify(nn.CrossEntropyLoss(reduction="sum"), outputs, labels)
    assert_is(summed, LossForm("cross_entropy", "logits", N * 4))


def test_labels_may_be_left_out() -> None:
    labels = LABELS.clone()
    labels[:5] = -100
    assert_is(identify(nn.CrossEntropyLoss(), LOGITS, labels), LossForm("cross_entropy", "logits"))


@settings(max_examples=40, deadline=None)
@given(st.floats(0.02, 0.9), st.one_of(st.floats(0.01, 500), st.floats(-500, -0.01)))
def test_label_smoothing_and_scale_are_found_together(smoothing: float, scale: float) -> None:
    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        return scale * F.cross_entropy(outputs, targets, label_smoothing=smoothing)

    form = LossForm("cross_entropy", "logits", scale, smoothing)
    assert_is(identify(loss_fn, LOGITS, LABELS), form)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_of_many_pixels_a_few_rows_are_asked(reduction: str) -> None:
    flags = (torch.rand(40, 1, 64, 64, generator=torch.Generator().manual_seed(6)) < 0.3).float()
    asked = []

    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        asked.append(len(outputs))
        lost = F.binary_cross_entropy_with_logits(outputs, targets, reduction="none")
        lost = (1 - (-lost).exp()) ** 2 * lost
        return lost.mean() if reduction == "mean" else lost.sum()

    found = identify(loss_fn, torch.zeros(40, 1, 64, 64), flags)
    scale = 1.0 if reduction == "mean" else flags.numel()
    assert_is(found, LossForm("binary_focal_loss", "logits", scale))
    assert set(asked) == {40, 16}


def test_pixels_that_would_take_seconds_are_left_alone() -> None:
    flags = (torch.rand(4, 1, 600, 600) < 0.3).float()
    asked = []

    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        asked.append(outputs)
        return (outputs.sigmoid() - targets).abs().pow(1.5).mean()

    assert identify(loss_fn, torch.zeros(4, 1, 600, 600), flags) is None
    assert len(asked) < 60


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - targets).square().mean()


@pytest.mark.parametrize("loss_fn", [squared, lambda o, t: (o - t).abs().mean()])
def test_shapes_that_are_stretched_against_each_other(loss_fn: Loss) -> None:
    column, row = torch.zeros(N, 1), VALUES.squeeze(1)
    for outputs, targets in ((column, row), (column.squeeze(1), VALUES)):
        found = identify(loss_fn, outputs, targets)
        assert found is not None
        assert found.broadcast
        assert found.kind in ("mse_loss", "l1_loss")
        assert found.scale == pytest.approx(1.0, rel=1e-3)
    alike = identify(loss_fn, column, VALUES)
    assert alike is not None
    assert not alike.broadcast


def test_a_loss_that_brings_both_into_one_shape_is_not_stretched() -> None:
    found = identify(lambda o, t: squared(o.squeeze(1), t), torch.zeros(N, 1), VALUES.squeeze(1))
    assert_is(found, LossForm("mse_loss", "values"))


@pytest.mark.parametrize("error", [RuntimeError, ValueError, IndexError, TypeError])
def test_a_loss_that_refuses_drawn_outputs_is_of_no_known_form(error: type[Exception]) -> None:
    def refuses(outputs: Tensor, targets: Tensor) -> Tensor:
        raise error("not these")

    assert identify(refuses, LOGITS, LABELS) is None
    assert identify(refuses, torch.zeros(N, 1), VALUES) is None


def test_no_random_number_is_taken_from_the_user() -> None:
    before = torch.get_rng_state()
    identify(nn.CrossEntropyLoss(), LOGITS, LABELS)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", [torch.int32, torch.uint8])
def test_labels_of_another_type_are_taken_as_they_are(kind: torch.dtype) -> None:
    labels = (torch.arange(30) % 5).to(kind)
    found = identify(lambda o, t: F.cross_entropy(o, t.long()), torch.zeros(30, 5), labels)
    assert found is None or found.kind.startswith("cross_entropy")
