"""What every model must do, whatever it is."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from trainer.form import Form
from trainer.menu import KINDS, part
from trainer.recipe import Recipe

CLASSES = 5
SHAPES = [(1, 8, 8), (3, 7, 5), (1, 1, 1), (2, 1, 9), (1, 3, 1), (3, 32, 32)]
VARIANTS: list[dict[str, Any]] = [
    *({"activation": activation, "init": "xavier"} for activation in KINDS["activation"].names()),
    {"init": "he", "dropout": 0.5},
]
MODELS = KINDS["model"].names()


def build(name: str, shape: tuple[int, ...], seed: int = 0, **settings: Any) -> nn.Module:
    torch.manual_seed(seed)
    recipe = Recipe.model_validate({"model": {"name": name, **settings}})
    model: nn.Module = part("model", recipe.model).build(Form(shape, CLASSES))
    return model


def batch(shape: tuple[int, ...], samples: int = 16) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(samples, *shape, generator=generator)
    return inputs, torch.randint(CLASSES, (samples,), generator=generator)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("shape", SHAPES)
def test_any_image_gives_logits(name: str, shape: tuple[int, ...]) -> None:
    inputs, _ = batch(shape)
    logits = build(name, shape)(inputs)
    assert logits.shape == (16, CLASSES)
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("settings", VARIANTS, ids=str)
def test_a_step_lowers_the_loss(name: str, settings: dict[str, Any]) -> None:
    model = build(name, (1, 8, 8), **settings).eval()
    inputs, targets = batch((1, 8, 8))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]


@pytest.mark.parametrize("name", MODELS)
def test_the_seed_decides_the_weights(name: str) -> None:
    first, same, other = (build(name, (1, 8, 8), seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not torch.equal(first["output.weight"], other["output.weight"])


@pytest.mark.parametrize("name", MODELS)
def test_state_dict_round_trip(name: str) -> None:
    inputs, _ = batch((3, 7, 5))
    first, other = build(name, (3, 7, 5), 0), build(name, (3, 7, 5), 1)
    other.load_state_dict(first.state_dict())
    assert torch.equal(first(inputs), other(inputs))


@pytest.mark.parametrize("name", MODELS)
def test_samples_do_not_see_each_other(name: str) -> None:
    inputs, _ = batch((1, 8, 8))
    model = build(name, (1, 8, 8)).eval()
    assert torch.allclose(model(inputs)[:3], model(inputs[:3]), atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_dropout_acts_in_training_only(name: str) -> None:
    inputs, _ = batch((1, 8, 8))
    model = build(name, (1, 8, 8), dropout=0.5)
    assert not torch.equal(model(inputs), model(inputs))
    model.eval()
    assert torch.equal(model(inputs), model(inputs))
    plain = build(name, (1, 8, 8))
    assert not any(isinstance(module, nn.Dropout) for module in plain.modules())
    assert model.state_dict().keys() == plain.state_dict().keys()


@pytest.mark.parametrize("name", MODELS)
def test_zeros_know_nothing(name: str) -> None:
    inputs, _ = batch((1, 8, 8))
    assert not build(name, (1, 8, 8), init="zeros")(inputs).any()
