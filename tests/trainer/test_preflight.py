"""What is measured before training, and that measuring changes nothing."""

import copy
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from trainer.data import Dataset
from trainer.menu import part
from trainer.preflight import SUBSET_PASSES, before_training
from trainer.recipe import Recipe


def measured(document: dict[str, object], *, reference: bool = False) -> dict[str, object]:
    recipe = Recipe.model_validate(document)
    train, model = digits(recipe)
    loss_fn = part("loss", recipe.loss).build(train.form)
    return dict(before_training(recipe, model, loss_fn, train, reference=reference).rows[0])


def digits(recipe: Recipe) -> tuple[Dataset, nn.Module]:
    torch.manual_seed(0)
    (fold,) = part("split", recipe.split).folds(part("data", recipe.data).load(Path()), 0)
    return fold.train, part("model", recipe.model).build(fold.train.form)


def test_zero_weights_start_at_the_closed_form() -> None:
    signals = measured({"model": {"init": "zeros"}, "loss": {"label_smoothing": 0.1}})
    assert signals["initial_loss"] == pytest.approx(math.log(10))
    assert signals["prior_entropy"] == pytest.approx(math.log(10), abs=1e-3)


def test_a_sound_recipe_learns_the_subset_by_heart() -> None:
    signals = measured({"optimizer": {"lr": 0.1, "momentum": 0.9, "weight_decay": 100.0}})
    losses, scores = signals["subset_loss"], signals["subset_accuracy"]
    assert isinstance(losses, list)
    assert isinstance(scores, list)
    assert len(losses) == len(scores) < SUBSET_PASSES  # the weight decay was left out
    assert losses[-1] < 0.01 * losses[0]
    assert scores[-1] == 1.0


def test_a_hopeless_lr_fails_unless_the_reference_is_used() -> None:
    document: dict[str, object] = {"optimizer": {"lr": 1e-7}}
    own = measured(document)["subset_loss"]
    reference = measured(document, reference=True)["subset_loss"]
    assert isinstance(own, list)
    assert isinstance(reference, list)
    assert own[-1] == pytest.approx(own[0], rel=1e-3)
    assert reference[-1] < 0.01 * reference[0]


def test_model_and_generators_stay_as_they_are() -> None:
    recipe = Recipe.model_validate({"model": {"dropout": 0.5}})
    train, model = digits(recipe)
    before, state = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    before_training(recipe, model, part("loss", recipe.loss).build(train.form), train)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(module.training for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
