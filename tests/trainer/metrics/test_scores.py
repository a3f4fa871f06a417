"""Each metric of classes against scikit-learn."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import (
    confusion_matrix,
    f1_score,
    jaccard_score,
    roc_auc_score,
    top_k_accuracy_score,
)

from trainer.form import Form
from trainer.menu import part
from trainer.metrics._confusion import confusion, most_confused
from trainer.recipe.evaluation import F1, Auroc, Confidence, Iou, Metric, TopK

N, C = 300, 6
FORM = Form((4,), C)


def of(metric: Metric, outputs: torch.Tensor, targets: torch.Tensor, form: Form = FORM) -> float:
    value = part("metric", metric).of(outputs, targets, form)
    assert isinstance(value, float)
    return value


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.tensor(np.random.default_rng(0).normal(size=(N, C)))


@pytest.fixture
def labels() -> torch.Tensor:
    """Class 4 does not occur."""
    drawn = np.random.default_rng(1).choice([0, 1, 2, 3, 5], p=[0.5, 0.2, 0.1, 0.1, 0.1], size=N)
    return torch.tensor(drawn)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_top_k(k: int, logits: torch.Tensor, labels: torch.Tensor) -> None:
    wanted = top_k_accuracy_score(labels, logits, k=k, labels=range(C))
    assert of(TopK(k=k), logits, labels) == pytest.approx(wanted)


@pytest.mark.parametrize("k", [6, 100])
def test_top_of_all_classes_is_1(k: int, logits: torch.Tensor, labels: torch.Tensor) -> None:
    assert of(TopK(k=k), logits, labels) == 1


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_f1(average: str, logits: torch.Tensor, labels: torch.Tensor) -> None:
    wanted = f1_score(labels, logits.argmax(dim=1), average=average)
    metric = F1.model_validate({"average": average})
    assert of(metric, logits, labels) == pytest.approx(wanted, abs=1e-6)


def test_f1_of_masks(logits: torch.Tensor, labels: torch.Tensor) -> None:
    outputs = logits.reshape(3, 10, 10, C).movedim(-1, 1)
    masks = labels.reshape(3, 10, 10)
    form = Form((1, 10, 10), C, "segmentation")
    assert of(F1(), outputs, masks, form) == pytest.approx(of(F1(), logits, labels))


def test_auroc_is_the_mean_over_the_classes_that_occur(
    logits: torch.Tensor, labels: torch.Tensor
) -> None:
    p = logits.softmax(dim=1).numpy()
    each = [roc_auc_score(labels.numpy() == c, p[:, c]) for c in (0, 1, 2, 3, 5)]
    assert of(Auroc(), logits, labels) == pytest.approx(np.mean(each), abs=1e-6)


def test_auroc_of_small_logits_is_of_their_softmax(labels: torch.Tensor) -> None:
    """torchmetrics takes what lies between 0 and 1 for probabilities."""
    logits = torch.tensor(np.random.default_rng(2).uniform(size=(N, C)))
    assert of(Auroc(), logits, labels) == of(Auroc(), logits - 1, labels)


def test_auroc_of_one_class_is_nan(logits: torch.Tensor) -> None:
    assert math.isnan(of(Auroc(), logits, torch.full((N,), 3)))


def test_confidence(logits: torch.Tensor, labels: torch.Tensor) -> None:
    p = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum(axis=1, keepdims=True)
    assert of(Confidence(), logits, labels) == pytest.approx(p.max(axis=1).mean())


def test_confusion(logits: torch.Tensor, labels: torch.Tensor) -> None:
    wanted = confusion_matrix(labels, logits.argmax(dim=1), labels=range(C))
    assert confusion(logits, labels, C) == wanted.tolist()
    outputs, masks = logits.reshape(3, 100, C).movedim(-1, 1), labels.reshape(3, 100)
    assert confusion(outputs, masks, C) == wanted.tolist()


@pytest.mark.parametrize("background", [True, False])
def test_iou(background: bool, logits: torch.Tensor, labels: torch.Tensor) -> None:
    outputs = logits.reshape(3, 10, 10, C).movedim(-1, 1)
    form = Form((1, 10, 10), C, "segmentation")
    classes = list(range(0 if background else 1, C))
    wanted = jaccard_score(labels, logits.argmax(dim=1), labels=classes, average="macro")
    ours = of(Iou(background=background), outputs, labels.reshape(3, 10, 10), form)
    assert ours == pytest.approx(wanted)


def test_iou_leaves_out_what_is_in_neither_mask() -> None:
    masks = torch.tensor([[[0, 0], [1, 1]]])
    outputs = torch.nn.functional.one_hot(torch.tensor([[[0, 1], [1, 1]]]), 5).movedim(-1, 1)
    form = Form((1, 2, 2), 5, "segmentation")
    assert of(Iou(), outputs.float(), masks, form) == pytest.approx((1 / 2 + 2 / 3) / 2)
    empty = torch.zeros_like(masks)
    nothing = torch.nn.functional.one_hot(empty, 5).movedim(-1, 1).float()
    assert of(Iou(), nothing, empty, form) == 1
    assert math.isnan(of(Iou(background=False), nothing, empty, form))


def test_the_most_confused_classes_come_first() -> None:
    matrix = [[8, 2, 0], [0, 5, 5], [1, 0, 0]]
    assert most_confused(matrix) == {"2 as 0": 1.0, "1 as 2": 0.5, "0 as 1": 0.2}
    assert [*most_confused(matrix)] == ["2 as 0", "1 as 2", "0 as 1"]
    assert most_confused([[4, 0], [0, 0]]) == {}  # nothing is confused; a class without samples
    every = [[9 - abs(a - b) for b in range(9)] for a in range(9)]
    assert len(most_confused(every)) == 5
