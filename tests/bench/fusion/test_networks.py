"""The networks written by hand compute what the menu's models compute."""

import pytest
import torch

from bench.fusion.cases import CASES, Samples
from bench.fusion.networks import network_of
from trainer.form import Form
from trainer.menu import part
from trainer.recipe import Recipe

SHAPES = {
    "digits": (1, 8, 8),
    "blobs": (20,),
    "mnist_mlp": (1, 28, 28),
    "lenet5": (1, 28, 28),
    "resnet20": (1, 8, 8),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("training", [True, False])
def test_same_weights_same_logits(name: str, training: bool) -> None:
    case, classes = CASES[name], 2 if name == "blobs" else 10
    inputs, labels = torch.randn(16, *SHAPES[name]), torch.arange(16) % classes
    recipe = Recipe.model_validate(case.study()["recipe"])
    model = part("model", recipe.model).build(Form(SHAPES[name], classes, "classification"))
    network = network_of(case, Samples(inputs, labels, inputs, labels))()
    for theirs, ours in zip(network.parameters(), model.parameters(), strict=True):
        theirs.data.copy_(ours.data)
    for buffer in (*network.buffers(), *model.buffers()):
        if buffer.is_floating_point():
            buffer.fill_(0.5)
    found = [each.train(training)(inputs) for each in (network, model)]
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_weights_begin_as_widely_spread(name: str) -> None:
    case, classes = CASES[name], 2 if name == "blobs" else 10
    labels = torch.arange(16) % classes
    samples = Samples(torch.randn(16, *SHAPES[name]), labels, labels, labels)
    recipe = Recipe.model_validate(case.study()["recipe"])
    model = part("model", recipe.model).build(Form(SHAPES[name], classes, "classification"))
    network = network_of(case, samples)()
    for theirs, ours in zip(network.parameters(), model.parameters(), strict=True):
        if ours.numel() >= 1000:
            assert theirs.std().item() == pytest.approx(ours.std().item(), rel=0.1)
        if ours.ndim == 1:
            assert torch.equal(theirs, ours)
