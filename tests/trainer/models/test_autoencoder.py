"""Its mirror, its noise, and that without activations it learns what PCA computes."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.models.autoencoder import Autoencoder, GaussianNoise
from trainer.recipe import Recipe
from trainer.recipe.autoencoder import Autoencoder as Settings

FORM = Form((1, 4, 4), 10)


def build(**settings: object) -> nn.Module:
    torch.manual_seed(0)
    recipe = Recipe.model_validate({"model": {"name": "autoencoder", **settings}})
    assert isinstance(recipe.model, Settings)
    return Autoencoder(recipe.model).build(FORM)


def test_layers_have_names_that_verdicts_can_use() -> None:
    model = build(hidden=[8, 6], code=3, noise=0.1, activation="tanh")
    names = [name for name, _ in model.named_children() if "tanh" not in name]
    assert names == [
        "flatten", "noise", "encoder1", "encoder2", "code", "decoder1", "decoder2", "output"
    ]  # fmt: skip
    widths = {n: tuple(p.shape) for n, p in model.named_parameters() if n.endswith("weight")}
    assert list(widths.values()) == [(8, 16), (6, 8), (3, 6), (6, 3), (8, 6), (16, 8)]


@pytest.mark.parametrize("hidden", [[], [8], [8, 6]], ids=str)
@pytest.mark.parametrize("tied", [True, False])
def test_it_gives_back_as_many_numbers_as_it_takes(hidden: list[int], tied: bool) -> None:
    assert build(hidden=hidden, code=3, tied=tied)(torch.randn(5, 1, 4, 4)).shape == (5, 16)


def test_tied_weights_are_the_encoders_transposed() -> None:
    model = build(hidden=[8], code=3, tied=True)
    first, code = (model.get_parameter(f"{name}.weight") for name in ("encoder1", "code"))
    inputs = torch.randn(5, 1, 4, 4)
    x = inputs.flatten(1)
    for weight in (first, code, code.t(), first.t()):
        x = x @ weight.t()
        x = x if weight.shape[0] == 16 else F.relu(x)  # biases begin at zero
    torch.testing.assert_close(model(inputs), x)
    assert {n for n, _ in model.named_parameters() if n.endswith("weight")} == {
        "encoder1.weight",
        "code.weight",
    }
    with torch.no_grad():
        first.zero_()
    assert not model(inputs).any()  # the mirror follows its layer


def test_a_tied_copy_mirrors_its_own_encoder() -> None:
    from copy import deepcopy

    model = build(hidden=[], code=3, tied=True)
    copied = deepcopy(model)
    with torch.no_grad():
        model.get_parameter("code.weight").zero_()
    inputs = torch.randn(5, 1, 4, 4)
    assert copied(inputs).any()
    assert not model(inputs).any()


def test_noise_is_normal_and_of_training_only() -> None:
    noise = GaussianNoise(0.5)
    torch.manual_seed(0)
    added = noise(torch.zeros(100, 100))
    assert added.std().item() == pytest.approx(0.5, rel=0.02)
    assert added.mean().item() == pytest.approx(0.0, abs=0.02)
    assert not noise.eval()(torch.zeros(4)).any()
    assert all(not isinstance(m, GaussianNoise) for m in build().modules())


def test_a_narrow_code_does_not_beat_principal_components() -> None:
    """Without activations it learns their subspace (Baldi and Hornik 1989), the best there is."""
    torch.manual_seed(0)
    inputs = torch.randn(200, 6) @ torch.randn(6, 16) / math.sqrt(6) + 2.0
    centred = inputs - inputs.mean(dim=0)
    least = (torch.linalg.svdvals(centred)[3:] ** 2).sum().item() / inputs.numel()
    model = Autoencoder(Settings(hidden=[], code=3)).build(Form((16,), 16))
    model = nn.Sequential(*(m for m in model.children() if not isinstance(m, nn.ReLU)))
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        found = F.mse_loss(model(inputs), inputs)
        found.backward()
        return found

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    assert least <= loss().item() < 1.001 * least


def test_only_it_reconstructs() -> None:
    assert Settings.reconstructs
    assert not Recipe().model.reconstructs


def test_token_ids_are_refused() -> None:
    with pytest.raises(BadRecipe, match="takes numbers; the data has token ids"):
        Autoencoder(Settings()).build(Form((5,), 2, vocabulary=9))
