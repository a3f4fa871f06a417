"""What preflight refuses, in words, and what it takes without a murmur."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from diagnostics import preflight

INPUTS = torch.randn(64, 10, generator=torch.Generator().manual_seed(0))
LABELS = (INPUTS[:, :3]).argmax(1)
LOSS = nn.CrossEntropyLoss()


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 3))


class Pair(nn.Module):
    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        return inputs, inputs


@pytest.mark.parametrize(
    ("network", "loss_fn", "inputs", "targets", "words"),
    [
        (model(), LOSS, {"x": INPUTS}, LABELS, "inputs must be a tensor; it is a dict"),
        (model(), LOSS, INPUTS, LABELS.tolist(), "targets must be a tensor; it is a list"),
        (model(), LOSS, INPUTS, LABELS[:9], "64 inputs and 9 targets"),
        (Pair(), LOSS, INPUTS, LABELS, "one tensor; this gives a tuple"),
        (model(), nn.CrossEntropyLoss(reduction="none"), INPUTS, LABELS, r"it gives \[64\]"),
        (model(), nn.BCELoss(), INPUTS, LABELS, r"loss_fn fails on outputs \[64, 3\]"),
        (model(), LOSS, INPUTS[:, :4], LABELS, r"fails on inputs \[64, 4\]"),
    ],
)
def test_what_it_cannot_take_is_named(
    network: nn.Module, loss_fn: Any, inputs: Any, targets: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        preflight(network, loss_fn, inputs, targets)


@pytest.mark.parametrize("ignored", [255, -1, -100])
def test_labels_that_the_loss_ignores_are_no_fault(ignored: int) -> None:
    labels = LABELS.clone()
    labels[::4] = ignored
    loss_fn = nn.CrossEntropyLoss(ignore_index=ignored)
    assert preflight(model(), loss_fn, INPUTS, labels).healthy


@pytest.mark.parametrize("seed", range(12))
def test_class_weights_are_not_taken_for_something_else(seed: int) -> None:
    torch.manual_seed(seed)
    inputs = torch.randn(300, 10)
    labels = (inputs @ torch.randn(10, 3)).argmax(1)
    loss_fn = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0, 2.0]))
    facts = preflight(model(), loss_fn, inputs, labels, seconds=0).history.facts
    assert (facts.loss, facts.loss_on) == ("cross_entropy_weighted", "logits")


def test_a_squeezed_sigmoid_is_seen() -> None:
    class Squeezed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(10, 1)

        def forward(self, inputs: Tensor) -> Tensor:
            return torch.sigmoid(self.inner(inputs)).squeeze(-1)

    report = preflight(Squeezed(), nn.BCEWithLogitsLoss(), INPUTS, (LABELS == 0).float())
    assert report.diagnosis[0].cause == "output_activation_mismatch"


def test_an_optimizer_of_another_model_is_seen() -> None:
    optimizer = torch.optim.SGD(model().parameters(), lr=0.1)
    report = preflight(model(), LOSS, INPUTS, LABELS, optimizer=optimizer)
    assert report.diagnosis[0].cause == "parameters_not_updated"


def test_sparse_gradients_are_measured() -> None:
    network = nn.Sequential(nn.EmbeddingBag(20, 8, sparse=True), nn.Linear(8, 3))
    assert preflight(network, LOSS, torch.randint(20, (64, 5)), LABELS, seconds=0).verdicts
