"""The course on a few rows, against a loop written by hand."""

import math
import time
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.tiny import SHOWN, Course, chosen, fit, reference, without_decay
from tests.diagnostics.digits import digits, mlp


def rows(n: int = 20) -> tuple[Tensor, Tensor]:
    inputs, labels = digits()
    return inputs[:n], labels[:n]


def by_reference(**settings: Any) -> Course:
    """Of the multilayer perceptron on twenty digits."""
    model = mlp()
    given = (F.cross_entropy, *rows())
    return fit(model, reference(model), *given, labelled=True, **settings)


def test_it_is_plain_training_on_all_rows_at_once() -> None:
    inputs, labels = rows()
    model, losses = mlp(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(6):
        loss = F.cross_entropy(model(inputs), labels)
        losses.append(loss.item())
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()

    pupil = mlp()
    sgd = torch.optim.SGD(pupil.parameters(), lr=0.1, momentum=0.9)
    course = fit(pupil, sgd, F.cross_entropy, inputs, labels, steps=5, fitted=0.0, labelled=True)
    assert list(course.losses) == losses
    assert not course.late
    right = (pupil(inputs).argmax(1) == labels).double().mean().item()
    assert course.accuracy == pytest.approx(right)


def test_digits_are_learned_by_heart_and_then_it_ends() -> None:
    course = by_reference(steps=900, fitted=0.05)
    assert course.losses[-1] < 0.05
    assert course.accuracy == 1.0
    assert len(course.losses) < 300
    assert all(loss >= 0.05 for loss in course.losses[:-1]) or course.losses[-2] < 0.05


def test_a_course_ends_where_the_loss_is_lost() -> None:
    inputs, labels = rows()
    model = mlp()
    huge = torch.optim.SGD(model.parameters(), lr=1e30)
    course = fit(model, huge, F.cross_entropy, inputs, labels, steps=50, fitted=0.0, labelled=True)
    assert not math.isfinite(course.losses[-1])
    assert all(map(math.isfinite, course.losses[:-1]))


def test_a_course_ends_when_time_is_out() -> None:
    course = by_reference(steps=50, fitted=0.0, deadline=time.monotonic() - 1)
    assert course.late
    assert len(course.losses) == 1
    assert not course.tells(passed=0.5)


@pytest.mark.parametrize(
    ("last", "late", "tells"),
    [
        (1.9, False, True),
        (1.9, True, False),  # it may have been about to fall
        (0.4, True, True),
        (2.2, True, True),
        (math.nan, True, True),
    ],
)
def test_what_time_cut_short_is_judged_only_where_the_end_is_known(
    last: float, late: bool, tells: bool
) -> None:
    assert Course((2.0, last), 0.3, late).tells(passed=0.5) == tells


def test_an_optimizer_that_asks_for_the_loss_again() -> None:
    inputs, labels = rows()
    model = mlp()
    lbfgs = torch.optim.LBFGS(model.parameters(), lr=0.5)
    course = fit(
        model, lbfgs, F.cross_entropy, inputs, labels, steps=20, fitted=0.05, labelled=True
    )
    assert course.losses[-1] < 0.05
    assert len(course.losses) < 20


def test_values_have_no_accuracy_and_a_model_without_gradient_one_loss() -> None:
    inputs = rows()[0]
    frozen = mlp().requires_grad_(False)
    any_weight = [torch.zeros(1, requires_grad=True)]
    course = fit(
        frozen,
        torch.optim.SGD(any_weight, lr=0.1),
        F.mse_loss,
        inputs,
        torch.zeros(20, 10),
        steps=9,
        fitted=0.0,
        labelled=False,
    )
    assert course.accuracy is None
    assert len(course.losses) == 1


@pytest.mark.parametrize("steps", [0, 1, SHOWN - 1, SHOWN, 3 * SHOWN, 1000])
def test_long_courses_are_thinned_and_keep_both_ends(steps: int) -> None:
    losses = tuple(float(n) for n in range(steps + 1))
    signals = Course(losses, 0.5, False).signals("tiny_own")
    shown = signals["tiny_own_loss"]
    assert isinstance(shown, list)
    assert (shown[0], shown[-1]) == (0.0, float(steps))
    assert len(shown) <= SHOWN + 1
    assert signals["tiny_own_steps"] == float(steps)
    assert signals["tiny_own_accuracy"] == 0.5


def test_what_is_not_finite_travels_as_none() -> None:
    signals = Course((2.0, math.nan), None, False).signals("tiny_own")
    assert signals == {"tiny_own_loss": [2.0, None], "tiny_own_steps": 1.0}


def test_the_rows_are_as_equally_of_each_class_as_there_are() -> None:
    labels = torch.tensor([0] * 30 + [1] * 4 + [2] * 10)
    picked = labels[chosen(labels, 3)].tolist()
    assert sorted(picked) == [0] * 8 + [1] * 4 + [2] * 8
    assert len(set(chosen(labels, 3).tolist())) == 20


def test_labels_that_are_no_class_are_left_out() -> None:
    labels = torch.tensor([-100, 1, 255, 0, 1])
    assert chosen(labels, 2).tolist() == [1, 3, 4]


def test_without_classes_they_are_the_first() -> None:
    assert chosen(torch.zeros(44), None).tolist() == [*range(20)]
    assert chosen(torch.zeros(7), None).tolist() == [*range(7)]
    assert chosen(torch.zeros(9, 2, 2).long(), 3).tolist() == [*range(9)]


def test_regularisation_and_schedule_are_off() -> None:
    model = nn.Linear(2, 2)
    groups = [{"params": [model.weight], "weight_decay": 0.1}, {"params": [model.bias], "lr": 0.5}]
    optimizer = torch.optim.AdamW(groups, lr=0.01)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.001)
    plain = without_decay(optimizer, 10.0)
    assert [group["lr"] for group in plain.param_groups] == pytest.approx([0.1, 5.0])
    assert [group["weight_decay"] for group in plain.param_groups] == [0.0, 0.0]


def test_the_reference_leaves_frozen_weights_alone() -> None:
    model = nn.Sequential(nn.Linear(2, 2).requires_grad_(False), nn.Linear(2, 1))
    held = [id(p) for group in reference(model).param_groups for p in group["params"]]
    assert held == [id(p) for p in model[1].parameters()]
